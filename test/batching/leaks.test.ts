// Every timer and every listener has an end.

import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { setUp, upper } from "../support/heart.ts";
import { promisesToSettle } from "../support/virtual-clock.ts";

describe("no timer is left", () => {
  test("before the first key", () => {
    expect(setUp().clock.pendingTimers).toBe(0);
  });

  test("when a batch that was released by size is answered", async () => {
    const heart = setUp({ maxBatchSize: 2, maxDelayMs: 60_000 });
    heart.loadAll("ab");
    await heart.call(0).answer();
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("when a batch that was released by delay is answered", async () => {
    const heart = setUp({ maxDelayMs: 10 }, upper);
    heart.load("a");
    await heart.clock.advance(10);
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("when every caller has left", async () => {
    const heart = setUp();
    const leaver = new AbortController();
    heart.loadAll("abc", { signal: leaver.signal });
    leaver.abort();
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("when every caller's time is up", async () => {
    const heart = setUp({ maxDelayMs: 100, timeoutMs: 20 });
    heart.loadAll("abc");
    await heart.clock.advance(20);
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("when a call that was told to stop has stopped", async () => {
    const heart = setUp({ maxBatchSize: 1 });
    const leaver = new AbortController();
    heart.load("a", { signal: leaver.signal });
    leaver.abort();
    expect(heart.clock.pendingTimers).toBe(1);
    await heart.call(0).fail(new Error("stopped"));
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("when a call is abandoned", async () => {
    const heart = setUp({ maxBatchSize: 1, abortGraceMs: 40 });
    const leaver = new AbortController();
    heart.load("a", { signal: leaver.signal });
    leaver.abort();
    await heart.clock.advance(40);
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("when the batcher is drained", async () => {
    const heart = setUp({ maxDelayMs: 1_000 });
    heart.loadAll("ab");
    const drained = heart.batcher.drain();
    await heart.call(0).answer();
    await drained;
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("beyond two, however many keys wait in however many partitions", () => {
    const heart = setUp();
    for (let index = 0; index < 500; index += 1) heart.load("a", { partition: `${index % 100}` });
    // One for the first batch that is due, one for the first caller whose time is up.
    expect(heart.clock.pendingTimers).toBe(2);
  });
});

describe("no listener is left on a caller's signal", () => {
  function listened() {
    const { signal } = new AbortController();
    return { signal, countListeners: () => getEventListeners(signal, "abort").length };
  }

  test("when it is answered", async () => {
    const heart = setUp({ maxBatchSize: 1 });
    const { signal, countListeners } = listened();
    heart.load("a", { signal });
    expect(countListeners()).toBe(1);
    await heart.call(0).answer();
    expect(countListeners()).toBe(0);
  });

  test("when its key gets an Error, or its batch fails", async () => {
    const heart = setUp({ maxBatchSize: 1 });
    const { signal, countListeners } = listened();
    heart.loadAll("ab", { signal });
    await heart.call(0).answer([new Error("of this key")]);
    expect(countListeners()).toBe(1);
    await heart.call(1).fail(new Error("of the batch"));
    expect(countListeners()).toBe(0);
  });

  test("when its time is up while it waits", async () => {
    const heart = setUp({ maxDelayMs: 100, timeoutMs: 20 });
    const { signal, countListeners } = listened();
    heart.load("a", { signal });
    await heart.clock.advance(20);
    expect(countListeners()).toBe(0);
  });

  test("when its time is up while its key runs", async () => {
    const heart = setUp({ maxBatchSize: 1, timeoutMs: 20 });
    const { signal, countListeners } = listened();
    heart.load("a", { signal });
    await heart.clock.advance(20);
    expect(countListeners()).toBe(0);
  });

  test("when it leaves", () => {
    const heart = setUp();
    const leaver = new AbortController();
    heart.load("a", { signal: leaver.signal });
    leaver.abort();
    expect(getEventListeners(leaver.signal, "abort")).toHaveLength(0);
  });

  test("when it is refused", async () => {
    const heart = setUp({ maxQueueSize: 1 });
    const { signal, countListeners } = listened();
    heart.load("a");
    heart.load("b", { signal });
    await promisesToSettle();
    expect(countListeners()).toBe(0);
  });

  test("when it is shut out", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1, abortGraceMs: 40 });
    const { signal, countListeners } = listened();
    heart.loadAll("ab", { signal });
    void heart.batcher.drain();
    await heart.clock.advance(40);
    expect(countListeners()).toBe(0);
  });
});

test("the batch function's signal is heard no more once the call has ended", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 20 });
  heart.load("a");
  await heart.call(0).answer();
  await heart.clock.advance(20);
  expect(heart.call(0).context.signal.aborted).toBe(false);
});

test("nothing of an answered shared key is kept", async () => {
  const heart = setUp({ shareEqualKeys: true, maxBatchSize: 1 }, upper);
  for (let index = 0; index < 100; index += 1) heart.load(`key ${index}`, { partition: `${index}` });
  await heart.clock.advance(0);
  expect(heart.batcher.stats()).toMatchObject({
    partitions: 0,
    waitingKeys: 0,
    waitingCallers: 0,
    pendingCallers: 0,
  });
});
