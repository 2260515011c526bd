// What clients see when the batch function fails, over HTTP: an error of their own, and nothing of anybody else's.

import { GraphQLError } from "graphql";
import { describe, expect, test } from "vitest";
import { type BatchFunction, batched } from "../../src/index.ts";
import { type Answer, query } from "../support/graphql-client.ts";
import type { LogEntry } from "../support/log.ts";
import { serve } from "../support/serve.ts";

const TYPE_DEFS =
  "type Query { upper(x: String!): String! @batch(maxBatchSize: 3, maxDelayMs: 60000, timeoutMs: 120000) }";
const WORDS = ["alpha", "beta", "gamma"];

/** Three requests with a word each, in one batch. */
async function askThree(
  batchFunction: BatchFunction<{ x: string }, string>,
): Promise<{ answers: Answer[]; faults: readonly LogEntry[] }> {
  const resolvers = { Query: { upper: batched(batchFunction) } };
  await using server = await serve(TYPE_DEFS, resolvers);
  const answers = await Promise.all(WORDS.map((word) => query(server.url, `{ upper(x: "${word}") }`)));
  return { answers, faults: server.log.faults };
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
    const { answers, faults } = await askThree(batchFunction);
    expect(answers.map(({ body }) => body)).toEqual([BATCH_FAILED, BATCH_FAILED, BATCH_FAILED]);
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
    expectNothingOfOthers(answers);
    // Once, not once per caller.
    expect(faults).toMatchObject([
      { level: "error", field: "Query.upper", batch: "upper#1", size: 3, outcome: "failed", failedKeys: 3 },
    ]);
    expect(faults[0]?.msg).toMatch(
      /^Query\.upper: batch upper#1 of 3 failed( \(3 of its keys for good, in 5 calls\))?$/,
    );
  });
});

test("a key that makes the whole call fail fails alone: the log says so, once", async () => {
  const { answers, faults } = await askThree((keys) => {
    if (keys.some(({ x }) => x === "beta")) throw secret(keys);
    return keys.map(({ x }) => x.toUpperCase());
  });
  expect(answers.map(({ body }) => body)).toEqual([
    { data: { upper: "ALPHA" } },
    BATCH_FAILED,
    { data: { upper: "GAMMA" } },
  ]);
  expectNothingOfOthers(answers);
  expect(faults).toMatchObject([
    {
      msg: "Query.upper: batch upper#1 of 3 failed (1 of its keys for good, in 5 calls)",
      failedKeys: 1,
      calls: 5,
      err: { message: "no alpha,beta,gamma", stack: expect.stringContaining("failures.test.ts") },
    },
  ]);
});

test("an Error for one key reaches that key's caller alone", async () => {
  const { answers, faults } = await askThree((keys) =>
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
  expect(faults).toMatchObject([
    {
      msg: "Query.upper: batch upper#1 of 3 failed for one key",
      outcome: "answered",
      failedKeys: 1,
      err: { message: "cannot beta" },
    },
  ]);
});

test("a GraphQLError for one key says to its caller what the batch function wants said", async () => {
  const { answers, faults } = await askThree((keys) =>
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
  expect(faults).toEqual([]);
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
