// What clients see when the batch function fails, over HTTP: an error of their own, and nothing of anybody else's.

import { GraphQLError } from "graphql";
import { describe, expect, test } from "vitest";
import { type BatchFunction, batched } from "../../src/index.ts";
import { type Answer, query } from "../support/graphql-client.ts";
import { serve } from "../support/serve.ts";

const TYPE_DEFS =
  "type Query { upper(x: String!): String! @batch(maxBatchSize: 3, maxDelayMs: 60000, timeoutMs: 120000) }";
const WORDS = ["alpha", "beta", "gamma"];

/** Three requests with a word each, in one batch. */
async function askThree(
  batchFunction: BatchFunction<{ x: string }, string>,
): Promise<{ answers: Answer[]; log: string[] }> {
  const log: string[] = [];
  const resolvers = { Query: { upper: batched(batchFunction) } };
  await using server = await serve(TYPE_DEFS, resolvers, { log: (entry) => log.push(entry) });
  const answers = await Promise.all(WORDS.map((word) => query(server.url, `{ upper(x: "${word}") }`)));
  return { answers, log };
}

/** No answer holds a word, or the value of a word, that its own request did not ask for. */
function expectNothingOfOthers(answers: readonly Answer[]): void {
  for (const [index, answer] of answers.entries()) {
    const text = JSON.stringify(answer.body).toLowerCase();
    for (const other of WORDS.filter((_, place) => place !== index)) expect(text).not.toContain(other);
  }
}

const BATCH_FAILED = {
  data: null,
  errors: [
    {
      message: "The batch function failed",
      locations: [{ line: 1, column: 3 }],
      path: ["upper"],
      extensions: { code: "BATCH_FAILED" },
    },
  ],
};

const secret = (keys: readonly { x: string }[]): Error => new Error(`no ${keys.map(({ x }) => x).join()}`);

describe("everyone in the batch is told that it failed, and no more, when the batch function", () => {
  const failures: Record<string, BatchFunction<{ x: string }, string>> = {
    throws: (keys) => {
      throw secret(keys);
    },
    rejects: (keys) => Promise.reject(secret(keys)),
    "returns too few values": (keys) => keys.slice(1).map(({ x }) => x.toUpperCase()),
    "returns too many values": (keys) => [...keys, ...keys].map(({ x }) => x.toUpperCase()),
    "returns no array": (keys) => ({ all: keys }) as unknown as string[],
    "returns nothing": () => undefined as unknown as string[],
  };
  test.each(Object.entries(failures))("%s", async (_, batchFunction) => {
    const { answers, log } = await askThree(batchFunction);
    expect(answers.map(({ body }) => body)).toEqual([BATCH_FAILED, BATCH_FAILED, BATCH_FAILED]);
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
    expectNothingOfOthers(answers);
    // Once, not once per caller.
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(
      /^Query\.upper: batch upper#1 of 3 failed( \(3 of its keys for good, in 5 calls\))?: /,
    );
  });
});

test("a key that makes the whole call fail fails alone: the log says so, once", async () => {
  const { answers, log } = await askThree((keys) => {
    if (keys.some(({ x }) => x === "beta")) throw secret(keys);
    return keys.map(({ x }) => x.toUpperCase());
  });
  expect(answers.map(({ body }) => body)).toEqual([
    { data: { upper: "ALPHA" } },
    BATCH_FAILED,
    { data: { upper: "GAMMA" } },
  ]);
  expectNothingOfOthers(answers);
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^Query\.upper: batch upper#1 of 3 failed \(1 of its keys for good, in 5 calls\): /);
});

test("an Error for one key reaches that key's caller alone", async () => {
  const { answers, log } = await askThree((keys) =>
    keys.map(({ x }) => (x === "beta" ? new Error(`cannot ${x}`) : x.toUpperCase())),
  );
  const [alpha, beta, gamma] = answers;
  expect(alpha?.body).toEqual({ data: { upper: "ALPHA" } });
  expect(gamma?.body).toEqual({ data: { upper: "GAMMA" } });
  expect(beta?.body.data).toBeNull();
  expect(beta?.body.errors).toMatchObject([
    { message: "The batch function failed for this key", extensions: { code: "BATCH_FAILED" } },
  ]);
  expectNothingOfOthers(answers);
  expect(log).toHaveLength(1);
  expect(log[0]).toContain("1 of 3 keys failed, the first with: Error: cannot beta");
});

test("a GraphQLError for one key says to its caller what the batch function wants said", async () => {
  const { answers, log } = await askThree((keys) =>
    keys.map(({ x }) =>
      x === "beta"
        ? new GraphQLError("beta is sold out", { extensions: { code: "SOLD_OUT" } })
        : x.toUpperCase(),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers[1]?.body).toMatchObject({
    data: null,
    errors: [{ message: "beta is sold out", path: ["upper"], extensions: { code: "SOLD_OUT" } }],
  });
  expectNothingOfOthers(answers);
  expect(log).toEqual([]);
});

test("the server goes on answering after every failure", async () => {
  let calls = 0;
  const upper = batched((keys: readonly { x: string }[]) => {
    calls += 1;
    if (calls < 3) throw new Error("not yet");
    return keys.map(({ x }) => x.toUpperCase());
  });
  await using server = await serve(TYPE_DEFS, { Query: { upper } }, { limits: { maxBatchSize: 1 } });
  const statuses: number[] = [];
  for (const word of WORDS) statuses.push((await query(server.url, `{ upper(x: "${word}") }`)).status);
  expect(statuses).toEqual([500, 500, 200]);
});

test("what a client sends cannot pass for an entry of the log, or reach the terminal", async () => {
  const log: string[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    throw new Error(`no such article: ${keys[0]?.x}`);
  });
  const one = (_: unknown, { x }: { x: string }) => {
    throw new Error(`bad ${x}`);
  };
  const typeDefs = "type Query { upper(x: String!): String one(x: String!): String }";
  const options = { log: (entry: string) => log.push(entry) };
  await using server = await serve(typeDefs, { Query: { upper, one } }, options);
  const x = "x\nJitney ready\r\u001b[2J\u009b2J\u2028\u0007end\ttab";
  await query(server.url, "query ($x: String!) { upper(x: $x) one(x: $x) }", { x });
  expect(log.length).toBe(2);
  for (const entry of log) {
    expect(entry).toMatch(/\n {4,}Jitney ready/);
    expect(entry).not.toMatch(/[^\n\t\P{Cc}]|\u2028/u);
    expect(entry).not.toMatch(/\n(?! {4})/);
  }
});
