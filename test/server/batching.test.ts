// Requests over HTTP, and the batches they ride in.

import { expect, test } from "vitest";
import { type BatchEnded, batched } from "../../src/index.ts";
import { post, query, upper } from "../support/graphql-client.ts";
import { serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { upper(x: String!): String! @batch(maxBatchSize: 32, maxDelayMs: 10) }";

/** `upper`, and a log of its calls. */
function loggingUpper() {
  const calls: string[][] = [];
  const resolver = batched((keys: readonly { x: string }[]) => {
    calls.push(keys.map(({ x }) => x));
    return keys.map(({ x }) => x.toUpperCase());
  });
  return { calls, resolvers: { Query: { upper: resolver } } };
}

test("seven requests with size 3 and delay 200 ms leave as 3, 3 and 1", async () => {
  const { calls, resolvers } = loggingUpper();
  await using server = await serve(TYPE_DEFS, resolvers, { limits: { maxBatchSize: 3, maxDelayMs: 200 } });
  const batches: BatchEnded[] = [];
  server.fields[0]?.batcher.events.on("batchEnd", (batch) => batches.push(batch));

  const words = ["a", "b", "c", "d", "e", "f", "g"];
  const answers = await Promise.all(words.map((word) => upper(server.url, word)));

  expect(answers).toEqual(["A", "B", "C", "D", "E", "F", "G"]);
  expect(calls.map((keys) => keys.length)).toEqual([3, 3, 1]);
  expect(batches.map(({ size, reason }) => [size, reason])).toEqual([
    [3, "size"],
    [3, "size"],
    [1, "delay"],
  ]);
  // By the heart's own clock: the full ones leave before their time, the last not before it.
  const [first, second, last] = batches.map(({ waitMs }) => waitMs);
  expect(first).toBeLessThan(200);
  expect(second).toBeLessThan(200);
  expect(last).toBeGreaterThanOrEqual(200);
});

test("aliases, an array of operations and separate requests ride in one call", async () => {
  const { calls, resolvers } = loggingUpper();
  await using server = await serve(TYPE_DEFS, resolvers, {
    limits: { maxBatchSize: 5, maxDelayMs: 60_000, timeoutMs: 120_000 },
  });

  const [aliases, array, single] = await Promise.all([
    query(server.url, '{ a: upper(x: "one") b: upper(x: "two") }'),
    post(server.url, [{ query: '{ upper(x: "three") }' }, { query: '{ upper(x: "four") }' }]),
    query(server.url, '{ upper(x: "five") }'),
  ]);

  expect(aliases.body).toEqual({ data: { a: "ONE", b: "TWO" } });
  expect(array.body).toEqual([{ data: { upper: "THREE" } }, { data: { upper: "FOUR" } }]);
  expect(single.body).toEqual({ data: { upper: "FIVE" } });
  expect(calls.map((keys) => [...keys].sort())).toEqual([["five", "four", "one", "three", "two"]]);
});

test("equal keys of different requests are computed once, and do not fill a batch", async () => {
  const { calls, resolvers } = loggingUpper();
  await using server = await serve(TYPE_DEFS, resolvers, {
    limits: { maxBatchSize: 2, maxDelayMs: 60_000, timeoutMs: 120_000 },
  });

  const answers = await Promise.all([
    upper(server.url, "cat"),
    upper(server.url, "cat"),
    query(server.url, '{ a: upper(x: "cat") b: upper(x: "dog") }').then(({ body }) => body.data),
  ]);

  expect(answers).toEqual(["CAT", "CAT", { a: "CAT", b: "DOG" }]);
  expect(calls.map((keys) => [...keys].sort())).toEqual([["cat", "dog"]]);
});

test("what mutations do twice is done twice", async () => {
  const calls: number[] = [];
  const book = batched((keys: readonly { seat: string }[]) => {
    calls.push(keys.length);
    return keys.map(({ seat }) => `booked ${seat}`);
  });
  const typeDefs = `
    type Query { ok: Boolean }
    type Mutation { book(seat: String!): String! @batch(maxBatchSize: 2, maxDelayMs: 60000, timeoutMs: 120000) }
  `;
  await using server = await serve(typeDefs, { Query: { ok: () => true }, Mutation: { book } });

  const answers = await Promise.all([
    query(server.url, 'mutation { book(seat: "4B") }'),
    query(server.url, 'mutation { book(seat: "4B") }'),
  ]);

  expect(answers.map(({ body }) => body.data)).toEqual([{ book: "booked 4B" }, { book: "booked 4B" }]);
  expect(calls).toEqual([2]);
});
