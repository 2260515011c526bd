// When a batch leaves: full, or its oldest key has waited long enough.

import { describe, expect, test } from "vitest";
import { setUp, upper } from "../support/heart.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

describe("by size", () => {
  test("a full batch leaves at once, inside the load that fills it", () => {
    const heart = setUp({ maxBatchSize: 3, maxDelayMs: 60_000 });
    heart.loadAll("ab");
    expect(heart.calls).toHaveLength(0);
    heart.load("c");
    expect(heart.batches).toEqual([["a", "b", "c"]]);
    expect(heart.reasons).toEqual(["size"]);
  });

  test("every caller gets the value of its own key", async () => {
    const heart = setUp({ maxBatchSize: 3 }, upper);
    const loads = heart.loadAll("abc");
    await heart.clock.advance(0);
    expect(loads.map((load) => load.value)).toEqual(["A", "B", "C"]);
  });

  test("a batch of one leaves with the first key", () => {
    const heart = setUp({ maxBatchSize: 1, maxDelayMs: 60_000 });
    heart.loadAll("ab");
    expect(heart.batches).toEqual([["a"], ["b"]]);
  });

  test("equal keys are two keys unless sharing is asked for", () => {
    const heart = setUp({ maxBatchSize: 2 });
    heart.loadAll("aa");
    expect(heart.batches).toEqual([["a", "a"]]);
  });

  test("a released batch is not released again when its delay is over", async () => {
    const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 });
    heart.loadAll("ab");
    await heart.clock.advance(100);
    expect(heart.calls).toHaveLength(1);
  });
});

describe("by delay", () => {
  test("the last partial batch leaves after maxDelayMs, and not before", async () => {
    const heart = setUp({ maxDelayMs: 200 });
    heart.loadAll("ab");
    await heart.clock.advance(199.9);
    expect(heart.calls).toHaveLength(0);
    await heart.clock.advance(0.1);
    expect(heart.batches).toEqual([["a", "b"]]);
    expect(heart.reasons).toEqual(["delay"]);
  });

  test("timers that fire early do not make a batch leave early", async () => {
    const heart = setUp({ maxDelayMs: 200, clock: new VirtualClock({ earlyByMs: 0.7 }) });
    heart.load("a");
    await heart.clock.advance(199.9);
    expect(heart.calls).toHaveLength(0);
    await heart.clock.advance(0.1);
    expect(heart.calls).toHaveLength(1);
  });

  test("the delay counts from the oldest key: a later arrival does not restart it", async () => {
    const heart = setUp({ maxDelayMs: 10 });
    heart.load("a");
    await heart.clock.advance(9);
    heart.load("b");
    await heart.clock.advance(1);
    expect(heart.batches).toEqual([["a", "b"]]);
  });

  test("a key that comes after a batch has left waits its own whole delay", async () => {
    const heart = setUp({ maxDelayMs: 10 });
    heart.load("a");
    await heart.clock.advance(15);
    heart.load("b");
    await heart.clock.advance(9.9);
    expect(heart.batches).toEqual([["a"]]);
    await heart.clock.advance(0.1);
    expect(heart.batches).toEqual([["a"], ["b"]]);
  });

  test("seven keys with size 3 and delay 200 leave as 3, 3 and, 200 ms after it was loaded, 1", async () => {
    const heart = setUp({ maxBatchSize: 3, maxDelayMs: 200 });
    for (const key of "abcdefg") {
      heart.load(key);
      await heart.clock.advance(10);
    }
    await heart.clock.advance(189);
    expect(heart.batches).toEqual([
      ["a", "b", "c"],
      ["d", "e", "f"],
    ]);
    await heart.clock.advance(1);
    expect(heart.batches.at(-1)).toEqual(["g"]);
    expect(heart.reasons).toEqual(["size", "size", "delay"]);
  });

  test("a delay may be a fraction of a millisecond", async () => {
    const heart = setUp({ maxDelayMs: 0.25 });
    heart.load("a");
    await heart.clock.advance(0.24);
    expect(heart.calls).toHaveLength(0);
    await heart.clock.advance(0.01);
    expect(heart.calls).toHaveLength(1);
  });

  test("a delay of 0 gathers all keys of one turn of the event loop", async () => {
    const heart = setUp({ maxDelayMs: 0 });
    heart.load("a");
    await Promise.resolve();
    heart.load("b");
    expect(heart.calls).toHaveLength(0);
    await heart.clock.advance(0);
    expect(heart.batches).toEqual([["a", "b"]]);
  });

  test("keys of the next turn do not join a batch of no delay", async () => {
    const heart = setUp({ maxDelayMs: 0 });
    heart.load("a");
    await heart.clock.advance(0);
    heart.load("b");
    await heart.clock.advance(0);
    expect(heart.batches).toEqual([["a"], ["b"]]);
  });
});
