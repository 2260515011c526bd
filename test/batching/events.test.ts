// What a batcher tells about its batches.

import { once } from "node:events";
import { expect, test, vi } from "vitest";
import type { BatchEnded, BatchStarted } from "../../src/batching/index.ts";
import type { Heart } from "../support/heart.ts";
import { setUp, upper } from "../support/heart.ts";

function record(heart: Heart): { starts: BatchStarted[]; ends: BatchEnded[] } {
  const starts: BatchStarted[] = [];
  const ends: BatchEnded[] = [];
  heart.batcher.events.on("batchStart", (batch) => starts.push(batch));
  heart.batcher.events.on("batchEnd", (batch) => ends.push(batch));
  return { starts, ends };
}

test("batchStart says which batch left, how big, why, and how long its oldest key had waited", async () => {
  const heart = setUp({ name: "upper", maxBatchSize: 2, maxDelayMs: 10 });
  const { starts } = record(heart);
  heart.load("a", { partition: "red" });
  await heart.clock.advance(4);
  heart.load("b", { partition: "red" });
  heart.load("c");
  await heart.clock.advance(10);
  expect(starts).toEqual([
    { id: "upper#1", partition: "red", size: 2, reason: "size", waitMs: 4 },
    { id: "upper#2", partition: "", size: 1, reason: "delay", waitMs: 10 },
  ]);
});

test("batchStart comes when the call counts as running, and before the batch function is called", () => {
  const heart = setUp({ maxBatchSize: 1 });
  const seen: number[][] = [];
  heart.batcher.events.on("batchStart", () => {
    seen.push([heart.batcher.stats().runningBatches, heart.calls.length]);
  });
  heart.load("a");
  expect(seen).toEqual([[1, 0]]);
});

test("batchEnd repeats the start, and says how long the call ran and how it ended", async () => {
  const heart = setUp({ maxBatchSize: 2 });
  const { starts, ends } = record(heart);
  heart.loadAll("ab");
  await heart.clock.advance(7);
  expect(ends).toEqual([]);
  await heart.call(0).answer();
  const whole = { outcome: "answered", keyErrors: [], error: undefined, failedKeys: 0, calls: 1 };
  expect(ends).toEqual([{ ...starts[0], runMs: 7, ...whole }]);
});

test("batchEnd tells the Errors of single keys, in the order of the keys", async () => {
  const heart = setUp({ maxBatchSize: 3 });
  const { ends } = record(heart);
  heart.loadAll("abc");
  const [ofA, ofC] = [new Error("a"), new Error("c")];
  await heart.call(0).answer([ofA, "B", ofC]);
  expect(ends).toMatchObject([{ outcome: "answered", error: undefined }]);
  expect(ends[0]?.keyErrors[0]).toBe(ofA);
  expect(ends[0]?.keyErrors[1]).toBe(ofC);
  expect(ends[0]?.keyErrors).toHaveLength(2);
});

test("batchEnd of a failed call tells what the batch function threw", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  const { ends } = record(heart);
  heart.load("a");
  const thrown = new Error("on fire");
  await heart.call(0).fail(thrown);
  expect(ends).toMatchObject([{ outcome: "failed", keyErrors: [] }]);
  expect(ends[0]?.error).toBe(thrown);
});

test("a call that ends after everyone has left is told as aborted, answer or not", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  const { ends } = record(heart);
  const leaver = new AbortController();
  heart.loadAll("ab", { signal: leaver.signal });
  leaver.abort();
  await heart.call(0).answer();
  await heart.call(1).fail(new Error("stopped"));
  expect(ends).toMatchObject([
    { outcome: "aborted", error: undefined },
    { outcome: "aborted", error: undefined },
  ]);
});

test("a call that does not stop is told as abandoned", async () => {
  const heart = setUp({ maxBatchSize: 1, abortGraceMs: 40 });
  const { ends } = record(heart);
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  await heart.clock.advance(5);
  leaver.abort();
  await heart.clock.advance(40);
  expect(ends).toMatchObject([{ outcome: "abandoned", runMs: 45 }]);
});

test("no event holds a key or a value", async () => {
  const heart = setUp({ maxBatchSize: 2 });
  const { starts, ends } = record(heart);
  heart.load("secret one");
  heart.load("secret two");
  await heart.call(0).answer(["too few secrets"]);
  const texts = [...starts, ...ends].map(
    (event) => JSON.stringify(event) + String("error" in event && event.error),
  );
  for (const text of texts) expect(text).not.toContain("secret");
});

test("a listener that throws harms no batch, and is told as a warning", async () => {
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const broken = new Error("broken listener");
  heart.batcher.events.on("batchStart", () => {
    throw broken;
  });
  heart.batcher.events.on("batchEnd", () => {
    throw "not even an Error";
  });
  const load = heart.load("a");
  await heart.clock.advance(0);
  expect(load.value).toBe("A");
  expect(emitWarning.mock.calls).toEqual([[broken], ["not even an Error"]]);
  emitWarning.mockRestore();
});

test("a listener that rejects harms no batch, and is told as a warning", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  heart.batcher.events.on("batchEnd", async () => {
    throw new Error("the listener rejected");
  });
  const warned = once(process, "warning");
  const load = heart.load("a");
  await heart.call(0).answer();
  expect(load).toMatchObject({ state: "answered", value: "A" });
  expect(await warned).toMatchObject([{ message: "the listener rejected" }]);
});

test("what a listener throws that is no Error is the cause of the warning, whose text has nothing of it", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const thrown = { request: { headers: { authorization: "SECRET" } } };
  heart.batcher.events.on("batchEnd", () => {
    throw thrown;
  });
  const warned = once(process, "warning");
  heart.load("a");
  await heart.clock.advance(0);
  const [warning] = await warned;
  expect(warning).toBeInstanceOf(Error);
  expect(warning.message).toBe("A listener has thrown something that is no Error");
  expect(warning.stack).not.toContain("SECRET");
  expect(warning.cause).toBe(thrown);
});

test("an Error that throws when it is looked at is told as a warning all the same", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const odd = Object.defineProperty(new Error("x"), "name", {
    get() {
      throw new Error("not for you");
    },
  });
  heart.batcher.events.on("batchEnd", () => {
    throw odd;
  });
  const warned = once(process, "warning");
  heart.load("a");
  await heart.clock.advance(0);
  expect((await warned)[0].message).toBe("A listener has thrown something that cannot be shown");
});

test("a listener may load, and its key runs like any other", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 }, upper);
  heart.batcher.events.once("batchStart", () => void heart.load("b"));
  heart.batcher.events.once("batchEnd", () => void heart.load("c"));
  heart.load("a");
  await heart.clock.advance(0);
  expect(heart.batches.flat().sort()).toEqual(["a", "b", "c"]);
  expect(heart.batcher.stats().totals.answered).toBe(3);
});

test("a batch whose callers leave while listeners are told of its start is aborted, and not computed", async () => {
  const heart = setUp({ maxBatchSize: 2 });
  const { ends } = record(heart);
  const leaver = new AbortController();
  heart.batcher.events.on("batchStart", () => leaver.abort());
  heart.loadAll("ab", { signal: leaver.signal });
  await heart.clock.advance(0);
  expect(heart.calls).toHaveLength(0);
  expect(ends).toMatchObject([{ outcome: "aborted", calls: 0, failedKeys: 0 }]);
  expect(heart.batcher.stats().totals.extraCalls).toBe(0);
});

test("a batch that is aborted while it is isolated says so", async () => {
  const heart = setUp({ maxBatchSize: 2, isolateFailures: true });
  const { ends } = record(heart);
  const leaver = new AbortController();
  heart.loadAll("ab", { signal: leaver.signal });
  await heart.call(0).fail(new Error("all"));
  leaver.abort();
  await heart.call(1).answer();
  expect(ends).toMatchObject([{ outcome: "aborted", calls: 2, failedKeys: 0, error: undefined }]);
});

test("a listener that throws keeps no other from being told, and what it throws may be anything", async () => {
  const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const unprintable = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error("not for you");
      },
      ownKeys: () => {
        throw new Error("not for you");
      },
    },
  );
  const told: string[] = [];
  for (const name of ["batchStart", "batchEnd"] as const) {
    heart.batcher.events.on(name, () => {
      throw unprintable;
    });
    heart.batcher.events.once(name, () => told.push(name));
  }
  const loads = heart.loadAll("ab");
  await heart.clock.advance(0);
  expect(loads.map(({ value }) => value)).toEqual(["A", "B"]);
  expect(told).toEqual(["batchStart", "batchEnd"]);
  expect(warnings).toHaveBeenCalledTimes(4);
  expect(heart.batcher.stats().runningBatches).toBe(0);
  warnings.mockRestore();
});

test("loads that end with one batch are told of each by itself: to who listens by then, in order, before the batch's end", async () => {
  const heart = setUp({ maxBatchSize: 3 });
  const { events } = heart.batcher;
  const told: string[] = [];
  const leaving = (): void => {
    told.push("leaving");
    events.off("loadEnd", leaving);
    events.on("loadEnd", () => told.push("new"));
    throw new Error("the listener that leaves");
  };
  const warned = once(process, "warning");
  events.on("loadEnd", leaving).on("loadEnd", () => told.push("staying"));
  events.on("batchEnd", () => told.push("end"));
  for (const key of ["a", "b", "c"]) heart.load(key);
  await heart.call(0).answer();
  expect(told).toEqual(["leaving", "staying", "staying", "new", "staying", "new", "end"]);
  expect(await warned).toMatchObject([{ message: "the listener that leaves" }]);
});
