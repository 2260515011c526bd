// Slots: how many batches run at once, and what happens to keys while none is free.

import { expect, test } from "vitest";
import { setUp, upper } from "../support/heart.ts";

test("at most `concurrency` batches run at once", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 2 });
  heart.loadAll("abcd");
  expect(heart.batches).toEqual([["a"], ["b"]]);
  expect(heart.batcher.stats().runningBatches).toBe(2);
  await heart.call(1).answer();
  expect(heart.batches).toEqual([["a"], ["b"], ["c"]]);
  expect(heart.batcher.stats().runningBatches).toBe(2);
});

test("a slot that frees is filled at once by what is due, with no timer", async () => {
  const heart = setUp({ maxBatchSize: 4, maxDelayMs: 10, concurrency: 1 });
  heart.load("a");
  await heart.clock.advance(10);
  heart.load("b");
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["a"]]);
  await heart.call(0).answer();
  expect(heart.batches).toEqual([["a"], ["b"]]);
});

test("what is due keeps filling up to the full size until a slot is free", async () => {
  const heart = setUp({ maxBatchSize: 4, maxDelayMs: 10, concurrency: 1 });
  heart.load("x");
  await heart.clock.advance(10);
  heart.load("a");
  await heart.clock.advance(50);
  heart.loadAll("bcde");
  await heart.call(0).answer();
  expect(heart.batches).toEqual([["x"], ["a", "b", "c", "d"]]);
  expect(heart.reasons).toEqual(["delay", "size"]);
});

test("keys that waited for a slot leave oldest first", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10, concurrency: 1 });
  heart.loadAll("abcdefg");
  for (let index = 0; index < 3; index += 1) await heart.call(index).answer();
  expect(heart.batches).toEqual([
    ["a", "b"],
    ["c", "d"],
    ["e", "f"],
  ]);
});

test("what is left over when a slot frees does not leave before it is full or due", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10, concurrency: 2 });
  heart.loadAll("abcdefg");
  await heart.clock.advance(4);
  await heart.call(0).answer();
  await heart.call(1).answer();
  expect(heart.batches).toHaveLength(3);
  await heart.clock.advance(5.9);
  expect(heart.batches).toHaveLength(3);
  await heart.clock.advance(0.1);
  expect(heart.batches.at(-1)).toEqual(["g"]);
  expect(heart.reasons).toEqual(["size", "size", "size", "delay"]);
});

test("a key that turned up while a slot was taken does not leave early when the slot frees", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10, concurrency: 1 });
  heart.loadAll("ab");
  heart.load("c");
  await heart.clock.advance(3);
  await heart.call(0).answer();
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(7);
  expect(heart.batches).toEqual([["a", "b"], ["c"]]);
});

test("a failed batch frees its slot like any other", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  heart.loadAll("ab");
  await heart.call(0).fail(new Error("out of order"));
  expect(heart.batches).toEqual([["a"], ["b"]]);
});

test("a synchronous batch function with 10,000 waiting keys of size 1 does not overflow the stack", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1, maxQueueSize: 20_000 }, (call) =>
    call.keys[0] === "first" ? call.result : upper(call),
  );
  heart.load("first");
  const loads = Array.from({ length: 10_000 }, (_, index) => heart.load(`key ${index}`));
  await heart.call(0).answer();
  expect(loads.every((load, index) => load.value === `KEY ${index}`)).toBe(true);
});
