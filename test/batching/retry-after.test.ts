// What a refused caller is told: when to come back, from how fast the queue drains.

import { expect, test } from "vitest";
import type { BatcherOptions } from "../../src/batching/index.ts";
import { type Heart, setUp } from "../support/heart.ts";

let names = 0;

/** Fills the queue, and gives what one more is told. */
async function retryAfterSeconds(heart: Heart): Promise<unknown> {
  const { maxQueueSize } = heart.batcher.limits;
  while (heart.batcher.stats().waitingCallers < maxQueueSize) {
    names += 1;
    heart.load(`${names}`);
  }
  const refused = heart.load("one more");
  await heart.clock.advance(0);
  expect(refused.reason).toMatchObject({ code: "BATCH_QUEUE_FULL" });
  return (refused.reason as { retryAfterSeconds?: unknown }).retryAfterSeconds;
}

/** Every batch takes `runMs`, for as long as `ms`; the queue is kept full. */
async function serve(heart: Heart, runMs: number, ms: number): Promise<void> {
  for (let served = 0; served < ms; served += runMs) {
    await retryAfterSeconds(heart);
    await heart.clock.advance(runMs);
    await heart.calls.at(-1)?.answer();
  }
}

function busy(options: BatcherOptions<string> = {}): Heart {
  return setUp({ maxBatchSize: 10, concurrency: 1, maxQueueSize: 100, ...options });
}

test("as many seconds as the queue takes at the rate at which it drains", async () => {
  const heart = busy();
  // 10 keys in 400 ms: 100 take 4 s.
  await serve(heart, 400, 20_000);
  expect(await retryAfterSeconds(heart)).toBe(4);
});

test("follows the rate when that changes", async () => {
  const heart = busy({ timeoutMs: 100_000 });
  await serve(heart, 400, 20_000);
  await serve(heart, 2_000, 60_000);
  expect(await retryAfterSeconds(heart)).toBeGreaterThanOrEqual(19);
  await serve(heart, 100, 60_000);
  expect(await retryAfterSeconds(heart)).toBeLessThanOrEqual(2);
});

test("a quiet time before says nothing of how fast a full queue drains", async () => {
  const heart = busy();
  for (let turn = 0; turn < 100; turn += 1) {
    heart.load(`quiet ${turn}`);
    await heart.clock.advance(310);
    await heart.calls.at(-1)?.answer();
    await heart.clock.advance(700);
  }
  // One key a call, each 300 ms: a full queue of 100 leaves in 10 calls.
  await heart.clock.advance(0);
  heart.loadAll("abcdefghij");
  expect(await retryAfterSeconds(heart)).toBeLessThanOrEqual(4);
});

test("at least a second, at most the time that a caller may wait", async () => {
  const quick = busy();
  await serve(quick, 1, 500);
  expect(await retryAfterSeconds(quick)).toBe(1);
  const slow = busy({ timeoutMs: 2_500 });
  await serve(slow, 2_000, 20_000);
  expect(await retryAfterSeconds(slow)).toBe(3);
});

test("a back-end that has never answered: as long as it has taken already", async () => {
  const heart = busy({ timeoutMs: 30_000 });
  expect(await retryAfterSeconds(heart)).toBe(1);
  await heart.clock.advance(6_500);
  expect(await retryAfterSeconds(heart)).toBe(7);
});

test("with a slot free, no longer than the delay", async () => {
  const heart = setUp({ maxBatchSize: 10, maxQueueSize: 5, maxDelayMs: 2_400 });
  expect(await retryAfterSeconds(heart)).toBe(3);
});

test("where callers share keys, a batch takes more of them along than it has keys", async () => {
  const heart = busy({ shareEqualKeys: true });
  const loadThrice = (key: string) => [0, 1, 2].map(() => heart.load(key));
  for (let round = 0; round < 50; round += 1) {
    for (let key = 0; key < 12; key += 1) loadThrice(`${round}.${key}`);
    await heart.clock.advance(1_000);
    await heart.calls.at(-1)?.answer();
  }
  // Ten keys with 30 callers in a second: 100 callers take 4 of them, and not 10.
  const left = 100 - heart.batcher.stats().waitingCallers;
  for (let key = 0; key < left; key += 1) heart.load(`last ${key}`);
  const seconds = await retryAfterSeconds(heart);
  expect(seconds).toBeGreaterThanOrEqual(3);
  expect(seconds).toBeLessThanOrEqual(5);
});
