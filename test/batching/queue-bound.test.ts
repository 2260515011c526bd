// maxQueueSize: how many callers may wait.

import { expect, test } from "vitest";
import { BatchError } from "../../src/batching/index.ts";
import { setUp, upper } from "../support/heart.ts";

test("one caller too many is refused at once, and told when to try again", async () => {
  const heart = setUp({ maxQueueSize: 2 });
  heart.loadAll("ab");
  const refused = heart.load("c");
  await Promise.resolve();
  expect(refused.reason).toBeInstanceOf(BatchError);
  expect(refused.reason).toMatchObject({ code: "BATCH_QUEUE_FULL", retryAfterSeconds: 1 });
  expect(heart.batcher.stats().waitingCallers).toBe(2);
});

test("those who wait already are not harmed by a refusal", async () => {
  const heart = setUp({ maxQueueSize: 2, maxDelayMs: 10 }, upper);
  const loads = heart.loadAll("abc");
  await heart.clock.advance(10);
  expect(loads.map((load) => load.value)).toEqual(["A", "B", undefined]);
});

test("there is room again as soon as a batch has started", async () => {
  const heart = setUp({ maxQueueSize: 2, maxDelayMs: 10 });
  heart.loadAll("ab");
  await heart.clock.advance(10);
  const loads = heart.loadAll("cd");
  await heart.clock.advance(0);
  expect(loads.map((load) => load.state)).toEqual(["pending", "pending"]);
});

test("there is room again as soon as a caller has left", async () => {
  const heart = setUp({ maxQueueSize: 1 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  leaver.abort();
  const next = heart.load("b");
  await heart.clock.advance(0);
  expect(next.state).toBe("pending");
});

test("there is room again as soon as a caller's time is up", async () => {
  const heart = setUp({ maxQueueSize: 1, maxDelayMs: 500, timeoutMs: 20 });
  heart.load("a");
  await heart.clock.advance(20);
  const next = heart.load("b");
  await heart.clock.advance(0);
  expect(next.state).toBe("pending");
});

test("keys that run count for nothing", async () => {
  const heart = setUp({ maxQueueSize: 1, maxBatchSize: 1, concurrency: 3 });
  const loads = heart.loadAll("abcde");
  await heart.clock.advance(0);
  expect(loads.map((load) => load.state)).toEqual(["pending", "pending", "pending", "pending", "rejected"]);
});

test("the bound is one for all partitions", async () => {
  const heart = setUp({ maxQueueSize: 1 });
  heart.load("a", { partition: "red" });
  const refused = heart.load("b", { partition: "blue" });
  await heart.clock.advance(0);
  expect(refused.reason).toMatchObject({ code: "BATCH_QUEUE_FULL" });
  expect(heart.batcher.stats().partitions).toBe(1);
});

test("callers that share one key are bounded too", async () => {
  const heart = setUp({ maxQueueSize: 2, shareEqualKeys: true });
  const loads = heart.loadAll("aaa");
  await heart.clock.advance(0);
  expect(loads.map((load) => load.state)).toEqual(["pending", "pending", "rejected"]);
});

test("callers that join a running key count until it is answered", async () => {
  const heart = setUp({ maxQueueSize: 1, maxBatchSize: 1, shareEqualKeys: true });
  heart.loadAll("aa");
  expect(heart.batcher.stats().waitingCallers).toBe(1);
  const refused = heart.load("a");
  await heart.call(0).answer();
  expect(refused.reason).toMatchObject({ code: "BATCH_QUEUE_FULL" });
  expect(heart.batcher.stats().waitingCallers).toBe(0);
});

test("the refusal shows no key", async () => {
  const heart = setUp({ maxQueueSize: 1 });
  heart.load("a secret");
  const refused = heart.load("another secret");
  await heart.clock.advance(0);
  expect(String(refused.reason)).not.toContain("secret");
});
