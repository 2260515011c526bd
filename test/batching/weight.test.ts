// Batches bounded by what their keys weigh: by default nothing, then as the user says.

import { describe, expect, test } from "vitest";
import type { BatcherOptions } from "../../src/batching/index.ts";
import { OptionError } from "../../src/batching/index.ts";
import { type Heart, setUp, upper } from "../support/heart.ts";

/** A key weighs as much as it has letters. */
function weighing(options: BatcherOptions<string>): Heart {
  return setUp({ weigh: (key) => key.length, maxBatchSize: 10, maxDelayMs: 10, ...options });
}

test("a batch leaves at once when its keys weigh maxBatchWeight together", () => {
  const heart = weighing({ maxBatchWeight: 6 });
  heart.load("aa");
  heart.load("bbb");
  expect(heart.calls).toHaveLength(0);
  heart.load("c");
  expect(heart.batches).toEqual([["aa", "bbb", "c"]]);
  expect(heart.reasons).toEqual(["weight"]);
});

test("a key that would overflow the batch opens the next", async () => {
  const heart = weighing({ maxBatchWeight: 6 });
  heart.load("aaaa");
  heart.load("bbb");
  expect(heart.batches).toEqual([["aaaa"]]);
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["aaaa"], ["bbb"]]);
  expect(heart.reasons).toEqual(["weight", "delay"]);
});

test("nobody is overtaken by a key that would still fit", async () => {
  const heart = weighing({ maxBatchWeight: 6, concurrency: 1 });
  heart.load("xxxxxx");
  for (const key of ["aaaa", "bbb", "cc", "d"]) heart.load(key);
  await heart.call(0).answer();
  await heart.call(1).answer();
  expect(heart.batches).toEqual([["xxxxxx"], ["aaaa"], ["bbb", "cc", "d"]]);
});

test("a batch that is full by its number of keys says so", () => {
  const heart = weighing({ maxBatchWeight: 3, maxBatchSize: 3 });
  for (const key of "abc") heart.load(key);
  expect(heart.reasons).toEqual(["size"]);
});

test("a key that is heavier than a whole batch is refused at once, and harms nobody", async () => {
  const heart = weighing({ maxBatchWeight: 6 });
  const light = heart.load("a");
  const heavy = heart.load("bbbbbbb");
  await heart.clock.advance(0);
  expect(heavy.reason).toMatchObject({
    code: "BATCH_KEY_TOO_HEAVY",
    message: "The key is too heavy: it weighs 7, and a whole batch 6 at most",
  });
  await heart.clock.advance(10);
  await heart.call(0).answer();
  expect(light.value).toBe("A");
  expect(heart.batches).toEqual([["a"]]);
  expect(heart.batcher.stats().totals).toMatchObject({ loads: 2, tooHeavy: 1, answered: 1 });
});

test("a key that weighs as much as a whole batch is a batch", () => {
  const heart = weighing({ maxBatchWeight: 6 });
  heart.load("aaaaaa");
  expect(heart.batches).toEqual([["aaaaaa"]]);
});

test("a key that nobody wants any more weighs nothing", async () => {
  const heart = weighing({ maxBatchWeight: 6 });
  const leaver = new AbortController();
  heart.load("aaaa", { signal: leaver.signal });
  leaver.abort();
  heart.load("bbbb");
  heart.load("c");
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["bbbb", "c"]]);
});

test("a key that several share weighs once, and is weighed once", () => {
  const weighed: string[] = [];
  const weigh = (key: string): number => weighed.push(key) * 0 + 3;
  const heart = weighing({ weigh, maxBatchWeight: 6, shareEqualKeys: true });
  heart.load("a");
  heart.load("a");
  expect(heart.calls).toHaveLength(0);
  heart.load("b");
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(weighed).toEqual(["a", "b"]);
});

test("each partition weighs its own keys", () => {
  const heart = weighing({ maxBatchWeight: 6 });
  heart.load("aaaa", { partition: "red" });
  heart.load("bbbb", { partition: "blue" });
  expect(heart.calls).toHaveLength(0);
  heart.load("cc", { partition: "red" });
  expect(heart.batches).toEqual([["aaaa", "cc"]]);
});

test("keys may weigh nothing, and fractions", () => {
  const heart = setUp({ weigh: Number, maxBatchWeight: 1 });
  for (const key of ["0", "0.25", "0.5", "0"]) heart.load(key);
  expect(heart.calls).toHaveLength(0);
  heart.load("0.25");
  expect(heart.batches).toEqual([["0", "0.25", "0.5", "0", "0.25"]]);
});

test("sums of fractions leave nothing behind", async () => {
  const heart = setUp({ weigh: Number, maxBatchWeight: 1, concurrency: 1 }, upper);
  for (let round = 0; round < 100; round += 1) {
    for (const key of ["0.1", "0.2", "0.3", "0.15"]) heart.load(key);
    await heart.clock.advance(10);
  }
  expect(new Set(heart.reasons)).toEqual(new Set(["delay"]));
});

test("without weigh, each key weighs 1", () => {
  const heart = setUp({ maxBatchWeight: 2 });
  heart.loadAll("ab");
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(heart.reasons).toEqual(["weight"]);
});

describe("a weight that is none", () => {
  test.each([
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [Infinity, "Infinity"],
    ["3", '"3"'],
    [undefined, "undefined"],
  ])("%s rejects that load alone", async (weight, shown) => {
    const heart = setUp({ weigh: (key) => (key === "bad" ? (weight as number) : 1), maxDelayMs: 10 }, upper);
    const [good, bad] = [heart.load("good"), heart.load("bad")];
    await heart.clock.advance(10);
    expect(good.value).toBe("GOOD");
    expect(bad.reason).toBeInstanceOf(OptionError);
    expect(bad.reason).toMatchObject({
      message: `weigh: expected a number of 0 or more for every key, but got: ${shown}`,
    });
    expect(heart.batcher.stats().totals).toMatchObject({ rejected: 1, answered: 1 });
  });

  test("a weigh that throws, and one that gives a promise that rejects, reject that load alone", async () => {
    const thrown = new Error("no scales");
    const broken = setUp({
      weigh: () => {
        throw thrown;
      },
    }).load("a");
    const late = setUp({ weigh: () => Promise.reject(thrown) as never }).load("a");
    await setUp().clock.advance(0);
    expect(broken.reason).toMatchObject({
      code: "BATCH_BAD_OPTION",
      message: "weigh: expected a number of 0 or more for every key, but got: an error",
      cause: thrown,
    });
    expect(late.reason).toMatchObject({ code: "BATCH_BAD_OPTION" });
  });

  test("weigh is a function", () => {
    expect(() => setUp({ weigh: 3 as never })).toThrow("weigh: expected a function, but got: 3");
  });
});
