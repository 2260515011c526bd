// Values that are kept for a time: hits are answered at once, and nothing wrong is ever kept.

import { describe, expect, test } from "vitest";
import type { BatcherOptions } from "../../src/batching/index.ts";
import { type Heart, type Respond, setUp, upper } from "../support/heart.ts";

function caching(options: BatcherOptions<string> = {}, respond: Respond = upper): Heart {
  return setUp({ cache: { maxEntries: 3, ttlMs: 100 }, maxBatchSize: 1, ...options }, respond);
}

test("a hit is answered at once, without a call and without waiting", async () => {
  const heart = caching({ maxBatchSize: 10, maxDelayMs: 10 });
  heart.load("a");
  await heart.clock.advance(10);
  const hit = heart.load("a");
  await heart.clock.advance(0);
  expect(hit.value).toBe("A");
  expect(heart.calls).toHaveLength(1);
  expect(heart.batcher.stats()).toMatchObject({
    pendingCallers: 0,
    totals: { loads: 2, answered: 2, cacheHits: 1 },
  });
});

test("a value is kept for ttlMs from when it was computed, whoever asks for it", async () => {
  const heart = caching();
  heart.load("a");
  await heart.clock.advance(99.9);
  heart.load("a");
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(0.1);
  heart.load("a");
  expect(heart.calls).toHaveLength(2);
});

test("of more than maxEntries, what was used longest ago goes first", async () => {
  const heart = caching();
  for (const key of ["a", "b", "c", "a", "d", "a", "b"]) {
    heart.load(key);
    await heart.clock.advance(0);
  }
  expect(heart.batches.flat()).toEqual(["a", "b", "c", "d", "b"]);
});

test("errors are never kept: neither a key's own, nor a batch's", async () => {
  const own = caching({}, () => [new Error("no such word")]);
  const whole = caching({}, () => {
    throw new Error("no words today");
  });
  for (const heart of [own, whole]) {
    for (let turn = 0; turn < 2; turn += 1) {
      heart.load("a");
      await heart.clock.advance(0);
    }
    expect(heart.calls).toHaveLength(2);
  }
});

test("undefined, null and false are values like others", async () => {
  for (const value of [undefined, null, false, 0, ""]) {
    const heart = caching({}, () => [value]);
    heart.load("a");
    await heart.clock.advance(0);
    const hit = heart.load("a");
    await heart.clock.advance(0);
    expect(hit).toMatchObject({ state: "answered", value });
    expect(heart.calls).toHaveLength(1);
  }
});

test("no value is seen in another partition", async () => {
  const heart = caching({}, (call) => call.keys.map((key) => `${call.context.partition}:${key}`));
  const [first, second] = [heart.load("1:a", { partition: "x" }), heart.load("a", { partition: "x1:" })];
  await heart.clock.advance(0);
  const [again, other] = [heart.load("1:a", { partition: "x" }), heart.load("a", { partition: "x1:" })];
  await heart.clock.advance(0);
  expect([first.value, second.value, again.value, other.value]).toEqual(["x:1:a", "x1::a", "x:1:a", "x1::a"]);
});

test("a hit is answered when the queue is full, and not when the batcher is closed", async () => {
  const heart = caching({ maxQueueSize: 1, concurrency: 1, maxBatchSize: 1 }, (call) =>
    call.keys[0] === "a" ? upper(call) : call.result,
  );
  heart.load("a");
  heart.load("b");
  heart.load("c");
  const [hit, refused] = [heart.load("a"), heart.load("d")];
  await heart.clock.advance(0);
  expect(hit.value).toBe("A");
  expect(refused.reason).toMatchObject({ code: "BATCH_QUEUE_FULL" });
  void heart.batcher.drain();
  const late = heart.load("a");
  await heart.clock.advance(0);
  expect(late.reason).toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
});

test("a caller whose signal has aborted gets that, and no value", async () => {
  const heart = caching();
  heart.load("a");
  await heart.clock.advance(0);
  const gone = heart.load("a", { signal: AbortSignal.abort("gone") });
  await heart.clock.advance(0);
  expect(gone.reason).toBe("gone");
});

test("keys that are equal to no other are not kept", async () => {
  const heart = caching({ keyId: undefined as never });
  heart.load((() => "a") as never);
  expect(heart.batcher.stats().totals.cacheHits).toBe(0);
});

describe("clear", () => {
  test("a value that is forgotten is computed anew", async () => {
    const heart = caching();
    heart.load("a");
    heart.load("b");
    await heart.clock.advance(0);
    heart.batcher.clear("a");
    heart.loadAll("ab");
    expect(heart.batches.flat()).toEqual(["a", "b", "a"]);
  });

  test("is for one partition", async () => {
    const heart = caching();
    heart.load("a", { partition: "red" });
    await heart.clock.advance(0);
    heart.batcher.clear("a");
    heart.load("a", { partition: "red" });
    expect(heart.calls).toHaveLength(1);
    heart.batcher.clear("a", { partition: "red" });
    heart.load("a", { partition: "red" });
    expect(heart.calls).toHaveLength(2);
  });

  test("what is being computed serves those who have asked, and nobody later", async () => {
    const heart = caching({}, (call) => call.result);
    const early = heart.load("a");
    heart.batcher.clear("a");
    const late = heart.load("a");
    expect(heart.calls).toHaveLength(2);
    await heart.call(1).answer(["new"]);
    await heart.call(0).answer(["old"]);
    expect([early.value, late.value]).toEqual(["old", "new"]);
    const hit = heart.load("a");
    await heart.clock.advance(0);
    expect(hit.value).toBe("new");
  });

  test("leaves a key alone that has not started", () => {
    const heart = caching({ maxBatchSize: 5 });
    heart.load("a");
    heart.batcher.clear("a");
    heart.load("a");
    expect(heart.batcher.stats().waitingKeys).toBe(1);
  });

  test("does nothing where keys are not shared", () => {
    const heart = setUp();
    heart.load("a");
    expect(() => heart.batcher.clear("a")).not.toThrow();
  });
});

test.each([
  [7, "cache: expected an object, but got: 7"],
  [{ ttlMs: 5 }, "cache.maxEntries: expected a whole number of 1 or more, but got: undefined"],
  [
    { maxEntries: 5, ttlMs: 0 },
    "cache.ttlMs: expected a number of milliseconds from 1 to 2147483647, but got: 0",
  ],
])("the cache %o cannot be used", (cache, message) => {
  expect(() => caching({ cache: cache as never })).toThrow(message);
});

test("a cache without sharing is refused", () => {
  expect(() => caching({ shareEqualKeys: false })).toThrow(
    "cache: expected none where shareEqualKeys is false, but got: an object",
  );
});
