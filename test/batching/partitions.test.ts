// Keys of different partitions never share a batch, and no partition keeps the others from running.

import DataLoader from "dataloader";
import { expect, test, vi } from "vitest";
import { setUp, upper } from "../support/heart.ts";

test("keys of different partitions never share a batch", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10 });
  for (const key of "abcd") heart.load(key, { partition: key < "c" ? "red" : "blue" });
  heart.load("e");
  await heart.clock.advance(10);
  expect(heart.calls.map(({ keys, context }) => [context.partition, ...keys])).toEqual([
    ["red", "a", "b"],
    ["blue", "c", "d"],
    ["", "e"],
  ]);
});

test("a partition is full by its own keys alone", () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 });
  heart.load("a", { partition: "red" });
  heart.load("b", { partition: "blue" });
  expect(heart.calls).toHaveLength(0);
  heart.load("c", { partition: "red" });
  expect(heart.batches).toEqual([["a", "c"]]);
});

test("each partition counts its delay from its own oldest key", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  heart.load("a", { partition: "red" });
  await heart.clock.advance(6);
  heart.load("b", { partition: "blue" });
  await heart.clock.advance(4);
  expect(heart.batches).toEqual([["a"]]);
  await heart.clock.advance(5.9);
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a"], ["b"]]);
});

test("equal keys of different partitions are computed apart", async () => {
  const heart = setUp({ shareEqualKeys: true, maxDelayMs: 10 }, (call) =>
    call.keys.map((key) => `${call.context.partition} ${key}`),
  );
  const red = heart.load("a", { partition: "red" });
  const blue = heart.load("a", { partition: "blue" });
  await heart.clock.advance(10);
  expect([red.value, blue.value]).toEqual(["red a", "blue a"]);
});

test("ready partitions take turns, however many keys one of them has", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  heart.load("x");
  heart.loadAll("abc", { partition: "greedy" });
  heart.loadAll("de", { partition: "modest" });
  heart.load("f", { partition: "small" });
  for (let index = 0; index < 6; index += 1) await heart.call(index).answer();
  expect(heart.batches.flat().join("")).toBe("xadfbec");
});

test("an idle named partition is forgotten once its last batch has ended", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  for (const partition of ["red", "blue", "green"]) heart.load("a", { partition });
  expect(heart.batcher.stats().partitions).toBe(3);
  for (let index = 0; index < 3; index += 1) await heart.call(index).answer();
  expect(heart.batcher.stats().partitions).toBe(0);
});

test("a named partition is forgotten when the last of its waiting callers leaves", () => {
  const heart = setUp();
  const leaver = new AbortController();
  heart.load("a", { partition: "red", signal: leaver.signal });
  leaver.abort();
  expect(heart.batcher.stats().partitions).toBe(0);
});

test("a partition with keys that wait is not forgotten when its running batch ends", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 });
  const loads = heart.loadAll("abc", { partition: "red" });
  await heart.call(0).answer();
  expect(heart.batcher.stats().partitions).toBe(1);
  await heart.clock.advance(10);
  await heart.call(1).answer();
  expect(loads.map((load) => load.value)).toEqual(["A", "B", "C"]);
});

test("a forgotten partition works again when it is named again", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  heart.load("a", { partition: "red" });
  await heart.clock.advance(0);
  const again = heart.load("b", { partition: "red" });
  await heart.clock.advance(0);
  expect(again.value).toBe("B");
});

test("every key goes through the one DataLoader of its partition, for as long as that lives", async () => {
  const load = vi.spyOn(DataLoader.prototype, "load");
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 }, upper);
  for (const keys of ["ab", "cd", "e"]) {
    heart.loadAll(keys);
    await heart.clock.advance(10);
  }
  expect(load).toHaveBeenCalledTimes(5);
  expect(new Set(load.mock.contexts).size).toBe(1);
  heart.load("f", { partition: "other" });
  expect(new Set(load.mock.contexts).size).toBe(2);
  load.mockRestore();
});
