// Loads that ask for a shorter delay than the batcher's own.

import { expect, test } from "vitest";
import { setUp } from "../support/heart.ts";

test("an urgent key makes the whole batch leave sooner", async () => {
  const heart = setUp({ maxDelayMs: 100 });
  heart.load("a");
  heart.load("b", { maxDelayMs: 5 });
  await heart.clock.advance(4.9);
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(heart.reasons).toEqual(["urgent"]);
});

test("an urgent key of no delay leaves at the end of this turn", async () => {
  const heart = setUp({ maxDelayMs: 100 });
  heart.load("a", { maxDelayMs: 0 });
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(0);
  expect(heart.reasons).toEqual(["urgent"]);
});

test("an urgent key that comes late does not hold up an older one", async () => {
  const heart = setUp({ maxDelayMs: 100 });
  heart.load("a");
  await heart.clock.advance(99);
  heart.load("b", { maxDelayMs: 50 });
  await heart.clock.advance(1);
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(heart.reasons).toEqual(["delay"]);
});

test("a longer delay than the batcher's own never delays", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  heart.load("a", { maxDelayMs: 1_000 });
  await heart.clock.advance(10);
  expect(heart.reasons).toEqual(["delay"]);
});

test("an urgent caller that shares a key that waits hastens its batch", async () => {
  const heart = setUp({ maxDelayMs: 100, shareEqualKeys: true });
  heart.load("a");
  heart.load("a", { maxDelayMs: 5 });
  await heart.clock.advance(5);
  expect(heart.reasons).toEqual(["urgent"]);
});

test("when the urgent caller leaves before its time, the batch goes back to its normal time", async () => {
  const heart = setUp({ maxDelayMs: 100 });
  const urgent = new AbortController();
  heart.load("a");
  heart.load("b", { maxDelayMs: 5, signal: urgent.signal });
  await heart.clock.advance(4);
  urgent.abort();
  await heart.clock.advance(95.9);
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a"]]);
  expect(heart.reasons).toEqual(["delay"]);
});

test("when the urgent one of two sharers leaves, their key goes back to its normal time", async () => {
  const heart = setUp({ maxDelayMs: 100, shareEqualKeys: true });
  const urgent = new AbortController();
  heart.load("a");
  heart.load("a", { maxDelayMs: 5, signal: urgent.signal });
  urgent.abort();
  await heart.clock.advance(99.9);
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(0.1);
  expect(heart.reasons).toEqual(["delay"]);
});

test("an urgent key is not forgotten when it filled a batch that another then left", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 100, concurrency: 1 });
  heart.loadAll("xy");
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  heart.load("b", { maxDelayMs: 5 });
  leaver.abort();
  await heart.clock.advance(6);
  await heart.call(0).answer();
  expect(heart.batches).toEqual([["x", "y"], ["b"]]);
});
