// What an operation is told of the batches that served it.

import { setImmediate } from "node:timers/promises";
import { graphql } from "graphql";
import { expect, test } from "vitest";
import { BATCH_FACTS, type BatchedOptions, type BatchFact, BatchFacts, batched } from "../../src/index.ts";
import { schemaOf } from "../support/schema-of.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

interface Key {
  readonly x: string;
}

const SDL = "type Query { upper(x: String!): String, lower(x: String!): String }";

/** Asks in one operation, and gives its data, its errors and what it was told. */
type Ask = (source: string) => Promise<{ data: unknown; batches: readonly BatchFact[] }>;

function asker(options: BatchedOptions<Key>, run = (keys: readonly Key[]): unknown => keys.map(up)): Ask {
  const upper = batched(run as (keys: readonly Key[]) => string[], options);
  const lower = batched((keys: readonly Key[]) => keys.map(({ x }) => x.toLowerCase()), options);
  const schema = schemaOf(SDL, { Query: { upper, lower } });
  return async (source) => {
    const facts = new BatchFacts();
    const { data } = await graphql({ schema, source, contextValue: { [BATCH_FACTS]: facts } });
    return { data: { ...data }, batches: facts.list() };
  };
}

function up({ x }: Key): string {
  return x.toUpperCase();
}

test("two operations that share a batch are told so, each of its own wait", async () => {
  const clock = new VirtualClock();
  const ask = asker({ maxBatchSize: 2, clock });
  const cat = ask('{ upper(x: "cat") }');
  await clock.advance(9.84);
  const dog = ask('{ upper(x: "dog") }');
  const shared = { field: "Query.upper", id: "upper#1", size: 2, reason: "size" };
  expect((await cat).batches).toEqual([{ ...shared, waitMs: 9.8, runMs: expect.any(Number) }]);
  expect((await dog).batches).toEqual([{ ...shared, waitMs: 0, runMs: expect.any(Number) }]);
});

test("a batch with several keys of one operation is told once, with the longest wait", async () => {
  const clock = new VirtualClock();
  const facts = new BatchFacts();
  const upper = batched((keys: readonly Key[]) => keys.map(up), { maxBatchSize: 3, clock });
  const contextValue = { [BATCH_FACTS]: facts };
  const schema = schemaOf(SDL, { Query: { upper } });
  const first = graphql({ schema, source: '{ upper(x: "a") }', contextValue });
  await clock.advance(4);
  await graphql({ schema, source: '{ b: upper(x: "b") c: upper(x: "c") }', contextValue });
  await first;
  expect(facts.list()).toMatchObject([{ id: "upper#1", size: 3, waitMs: 4 }]);
});

test("batches are told in the order in which they left, of every field", async () => {
  const ask = asker({ maxBatchSize: 1, concurrency: 1 });
  const { batches } = await ask('{ a: upper(x: "a") l: lower(x: "L") b: upper(x: "b") }');
  const names = batches.map(({ field, id, size, reason }) => [field, id, size, reason]);
  expect(names).toHaveLength(3);
  expect(new Set(names.map(([field, id]) => `${field} ${id}`))).toEqual(
    new Set(["Query.upper upper#1", "Query.lower lower#1", "Query.upper upper#2"]),
  );
  for (const [, , size, reason] of names) expect([size, reason]).toEqual([1, "size"]);
});

test("who joins a key that is being computed is told of that batch, and has not waited", async () => {
  const release = Promise.withResolvers<void>();
  const ask = asker({ maxBatchSize: 1 }, async (keys) => {
    await release.promise;
    return keys.map(up);
  });
  const first = ask('{ upper(x: "a") }');
  await setImmediate();
  const second = ask('{ upper(x: "a") }');
  await setImmediate();
  release.resolve();
  expect((await first).batches).toMatchObject([{ id: "upper#1", size: 1 }]);
  expect((await second).batches).toMatchObject([{ id: "upper#1", size: 1, waitMs: 0 }]);
});

test("runMs says how long the batch function ran", async () => {
  const ask = asker({ maxBatchSize: 1 }, async (keys) => {
    const until = performance.now() + 25;
    while (performance.now() < until) await setImmediate();
    return keys.map(up);
  });
  const { batches } = await ask('{ upper(x: "a") }');
  expect(batches[0]?.runMs).toBeGreaterThanOrEqual(25);
  expect(batches[0]?.runMs).toBeLessThan(2_000);
});

test("of a batch that goes on for others, runMs is how long it has been running so far", async () => {
  const others = Promise.withResolvers<string>();
  const ask = asker({ maxBatchSize: 2 }, (keys) =>
    keys.map((key) => (key.x === "slow" ? others.promise : up(key))),
  );
  const slow = ask('{ upper(x: "slow") }');
  const quick = await ask('{ upper(x: "quick") }');
  expect(quick.batches).toMatchObject([{ id: "upper#1", size: 2 }]);
  expect(quick.batches[0]?.runMs).toBeGreaterThanOrEqual(0);
  others.resolve("SLOW");
  expect((await slow).data).toEqual({ upper: "SLOW" });
});

test("a batch that failed is told, too; a value from the cache needs none", async () => {
  const failing = asker({ maxBatchSize: 1 }, () => {
    throw new Error("on fire");
  });
  expect((await failing('{ upper(x: "a") }')).batches).toMatchObject([{ id: "upper#1", size: 1 }]);
  const cached = asker({ maxBatchSize: 1, cache: { maxEntries: 10, ttlMs: 60_000 } });
  await cached('{ upper(x: "a") }');
  expect(await cached('{ upper(x: "a") }')).toEqual({ data: { upper: "A" }, batches: [] });
});

test("nothing of what others asked for is told", async () => {
  const ask = asker({ maxBatchSize: 2, partitionBy: () => "secret tenant" });
  const [mine] = await Promise.all([ask('{ upper(x: "mine") }'), ask('{ upper(x: "secret") }')]);
  expect(JSON.stringify(mine).toLowerCase()).not.toContain("secret");
});
