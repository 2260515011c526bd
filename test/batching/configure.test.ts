// Limits that change while keys wait and run: they hold at once, for everybody.

import { expect, test } from "vitest";
import { DEFAULT_LIMITS, OptionError } from "../../src/batching/index.ts";
import { setUp } from "../support/heart.ts";

test("limits says what holds now, and is a copy", () => {
  const { batcher } = setUp();
  const before = batcher.limits;
  batcher.configure({ maxBatchSize: 5 });
  expect(before).toEqual(DEFAULT_LIMITS);
  expect(batcher.limits).toEqual({ ...DEFAULT_LIMITS, maxBatchSize: 5 });
});

test("a smaller maxBatchSize lets a batch leave at once that is full by it", () => {
  const heart = setUp({ maxBatchSize: 10 });
  heart.loadAll("abc");
  heart.batcher.configure({ maxBatchSize: 2 });
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(heart.reasons).toEqual(["size"]);
});

test("a smaller maxBatchWeight does so too; a key that is heavier than it goes alone", () => {
  const heart = setUp({ weigh: (key) => key.length, maxBatchSize: 10 });
  for (const key of ["a", "bbbb", "cc"]) heart.load(key);
  heart.batcher.configure({ maxBatchWeight: 3 });
  expect(heart.batches).toEqual([["a"], ["bbbb"]]);
  expect(heart.reasons).toEqual(["weight", "weight"]);
});

test("a larger maxBatchSize lets what waits for a slot grow further", async () => {
  const heart = setUp({ maxBatchSize: 2, concurrency: 1 });
  heart.loadAll("ab");
  heart.loadAll("cdef");
  heart.batcher.configure({ maxBatchSize: 3 });
  await heart.call(0).answer();
  expect(heart.batches).toEqual([
    ["a", "b"],
    ["c", "d", "e"],
  ]);
});

test("a shorter maxDelayMs lets those who wait leave sooner, a longer one later", async () => {
  const heart = setUp({ maxDelayMs: 60_000, timeoutMs: 200_000 });
  heart.load("a");
  await heart.clock.advance(5);
  heart.batcher.configure({ maxDelayMs: 10 });
  await heart.clock.advance(4.9);
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a"]]);

  heart.load("b");
  heart.batcher.configure({ maxDelayMs: 20 });
  await heart.clock.advance(19.9);
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a"], ["b"]]);
  expect(heart.clock.pendingTimers, "that of the callers' time").toBe(1);
});

test("a delay that is over already is over at once", () => {
  const heart = setUp({ maxDelayMs: 60_000, timeoutMs: 200_000 });
  heart.load("a");
  heart.batcher.configure({ maxDelayMs: 0 });
  expect(heart.batches).toEqual([["a"]]);
});

test("the delay that a load has asked for itself stays, where it is the shorter one", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  heart.load("a", { maxDelayMs: 5 });
  heart.batcher.configure({ maxDelayMs: 50 });
  await heart.clock.advance(5);
  expect(heart.reasons).toEqual(["urgent"]);
});

test("a shorter timeoutMs ends waits that are longer, and a longer one none too early", async () => {
  const heart = setUp({ timeoutMs: 100, maxDelayMs: 1 });
  const early = heart.load("a");
  await heart.clock.advance(30);
  const late = heart.load("b");
  heart.batcher.configure({ timeoutMs: 20 });
  await heart.clock.advance(0);
  expect(early.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
  expect(late.state).toBe("pending");
  heart.batcher.configure({ timeoutMs: 500 });
  await heart.clock.advance(499);
  expect(late.state).toBe("pending");
  await heart.clock.advance(1);
  expect(late.reason).toMatchObject({ code: "BATCH_TIMEOUT", message: "No answer within 500 ms" });
});

test("a higher concurrency starts what waits; a lower one ends nothing that runs", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  heart.loadAll("abcde");
  expect(heart.calls).toHaveLength(1);
  heart.batcher.configure({ concurrency: 3 });
  expect(heart.calls).toHaveLength(3);
  heart.batcher.configure({ concurrency: 1 });
  await heart.call(0).answer();
  await heart.call(1).answer();
  expect(heart.calls).toHaveLength(3);
  await heart.call(2).answer();
  expect(heart.calls).toHaveLength(4);
});

test("a lower maxQueueSize refuses newcomers, and sends nobody away", async () => {
  const heart = setUp({ maxBatchSize: 10 });
  const waiting = heart.loadAll("abc");
  heart.batcher.configure({ maxQueueSize: 3 });
  const refused = heart.load("d");
  await heart.clock.advance(0);
  expect(refused.reason).toMatchObject({
    code: "BATCH_QUEUE_FULL",
    message: "The queue is full: its size is 3",
  });
  expect(waiting.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
});

test("abortGraceMs holds for what is aborted from then on, and for a drain", async () => {
  const heart = setUp({ maxBatchSize: 1, abortGraceMs: 1_000, timeoutMs: 10 });
  heart.load("a");
  heart.batcher.configure({ abortGraceMs: 5 });
  await heart.clock.advance(15);
  expect(heart.batcher.stats().totals.abandoned).toBe(1);
  heart.load("b");
  let isDrained = false;
  void heart.batcher.drain().then(() => {
    isDrained = true;
  });
  await heart.clock.advance(5);
  expect(isDrained).toBe(true);
});

test("limits that cannot be used change nothing", () => {
  const { batcher } = setUp();
  expect(() => batcher.configure({ maxBatchSize: 5, concurrency: 0 })).toThrow(
    new OptionError("concurrency", "a whole number of 1 or more", 0),
  );
  expect(() => batcher.configure({ maxBatchsize: 5 } as object)).toThrow(
    'limits: expected only maxBatchSize, maxBatchWeight, maxDelayMs, concurrency, maxQueueSize, timeoutMs, abortGraceMs, but got: "maxBatchsize"',
  );
  expect(() => batcher.configure(null as never)).toThrow("limits: expected an object, but got: null");
  expect(batcher.limits).toEqual(DEFAULT_LIMITS);
});

test("a limit that is undefined stays as it is", () => {
  const { batcher } = setUp({ maxBatchSize: 5 });
  batcher.configure({ maxBatchSize: undefined, concurrency: 2 } as object);
  expect(batcher.limits).toMatchObject({ maxBatchSize: 5, concurrency: 2 });
});

test("what is hardly meant is warned of again", () => {
  const warnings: string[] = [];
  const { batcher } = setUp({ onWarning: (message) => warnings.push(message) });
  batcher.configure({ maxQueueSize: 5 });
  expect(warnings).toEqual(["maxQueueSize (5) is less than maxBatchSize (32): no batch can ever be full"]);
});

test("limits hold even where the one who is warned of them throws", () => {
  const heart = setUp({
    maxDelayMs: 1_000,
    onWarning: () => {
      throw new Error("no warnings, please");
    },
  });
  heart.load("a");
  expect(() => heart.batcher.configure({ maxBatchSize: 1, maxDelayMs: 40_000 })).toThrow("no warnings");
  expect(heart.batches).toEqual([["a"]]);
});

test("a batcher that has ended may be told, and does nothing", async () => {
  const heart = setUp();
  await heart.batcher.drain();
  heart.batcher.configure({ maxBatchSize: 1 });
  expect(heart.clock.pendingTimers).toBe(0);
});
