// What a batcher counts.

import { expect, test } from "vitest";
import { setUp, upper } from "../support/heart.ts";

test("a new batcher has done nothing", () => {
  expect(setUp().batcher.stats()).toEqual({
    state: "open",
    waitingKeys: 0,
    waitingCallers: 0,
    pendingCallers: 0,
    runningBatches: 0,
    partitions: 0,
    totals: {
      loads: 0,
      shared: 0,
      answered: 0,
      failed: 0,
      timedOut: 0,
      left: 0,
      refused: 0,
      shutOut: 0,
      tooHeavy: 0,
      rejected: 0,
      cacheHits: 0,
      batches: 0,
      batchesByReason: { size: 0, weight: 0, delay: 0, urgent: 0, drain: 0 },
      batchedKeys: 0,
      extraCalls: 0,
      abandoned: 0,
    },
  });
});

test("what waits and what runs is told apart", () => {
  const heart = setUp({ maxBatchSize: 2, concurrency: 1, shareEqualKeys: true });
  heart.loadAll("abcc");
  expect(heart.batcher.stats()).toMatchObject({
    waitingKeys: 1,
    waitingCallers: 2,
    pendingCallers: 4,
    runningBatches: 1,
    partitions: 1,
  });
});

test("batches are counted by the reason why they left", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 }, upper);
  heart.loadAll("abc");
  await heart.clock.advance(10);
  heart.load("d", { maxDelayMs: 1 });
  await heart.clock.advance(1);
  heart.load("e");
  await heart.batcher.drain();
  expect(heart.batcher.stats().totals).toMatchObject({
    batches: 4,
    batchesByReason: { size: 1, delay: 1, urgent: 1, drain: 1 },
    batchedKeys: 5,
  });
});

test("the totals of all outcomes balance with the loads", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 50, maxQueueSize: 2, timeoutMs: 40, abortGraceMs: 5 });
  const leaver = new AbortController();
  heart.loadAll("ab"); // answered, failed
  await heart.call(0).answer(["A", new Error("of b")]);
  heart.load("c"); // times out
  await heart.clock.advance(40);
  heart.load("d", { signal: leaver.signal }); // leaves
  leaver.abort();
  heart.load("e", { signal: leaver.signal }); // had left before
  heart.load("f", { maxDelayMs: -1 }); // rejected
  heart.load("g", { partition: "red" });
  heart.load("h", { partition: "blue" });
  heart.load("i"); // refused
  const { totals, pendingCallers } = heart.batcher.stats();
  expect(totals).toMatchObject({
    loads: 9,
    answered: 1,
    failed: 1,
    timedOut: 1,
    left: 2,
    refused: 1,
    rejected: 1,
  });
  expect(pendingCallers).toBe(2);
  const drained = heart.batcher.drain();
  heart.load("j"); // shut out, as g and h will be
  await heart.clock.advance(5);
  await drained;
  const after = heart.batcher.stats();
  expect(after.pendingCallers).toBe(0);
  expect(after.totals).toMatchObject({ loads: 10, shutOut: 3, abandoned: 2 });
  const { answered, failed, timedOut, left, refused, shutOut, rejected } = after.totals;
  expect(answered + failed + timedOut + left + refused + shutOut + rejected).toBe(after.totals.loads);
});

test("the state goes from open over draining to closed", async () => {
  const heart = setUp();
  const accept = Promise.withResolvers<void>();
  expect(heart.batcher.stats().state).toBe("open");
  const drained = heart.batcher.drain({ acceptUntil: accept.promise });
  expect(heart.batcher.stats().state).toBe("draining");
  accept.resolve();
  await drained;
  expect(heart.batcher.stats().state).toBe("closed");
});

test("what was told once does not change afterwards", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const before = heart.batcher.stats();
  heart.load("a");
  await heart.clock.advance(0);
  expect(before.totals).toMatchObject({ loads: 0, answered: 0, batchesByReason: { size: 0 } });
});

test("a batcher without a name is called batch", () => {
  expect(setUp().batcher.name).toBe("batch");
  expect(setUp({ name: "upper" }).batcher.name).toBe("upper");
});
