// How many chunks a worker takes: for so many keys as it has use for, however many a chunk holds.

import { expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../../src/batching/index.ts";
import { Prefetch } from "../../src/cluster/prefetch.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, maxBatchSize: 32, maxDelayMs: 5, concurrency: 1 };

function setUp(limits: Partial<Limits> = {}) {
  const clock = new VirtualClock();
  const prefetch = new Prefetch(() => ({ ...LIMITS, ...limits }), clock);
  /** One chunk each so many milliseconds; gives the numbers that it has changed to. */
  const receive = async (keys: number, everyMs: number, forMs: number): Promise<readonly number[]> => {
    const changes: number[] = [];
    for (let ms = 0; ms < forMs; ms += everyMs) {
      await clock.advance(everyMs);
      if (prefetch.count(keys)) changes.push(prefetch.chunks);
    }
    return changes;
  };
  return { prefetch, receive };
}

test("before it knows more, it takes chunks of one key for what runs and for one more batch", () => {
  expect(setUp().prefetch.chunks).toBe(64);
  expect(setUp({ concurrency: 4 }).prefetch.chunks).toBe(160);
});

test("a slow worker does not hoard full chunks", async () => {
  const { prefetch, receive } = setUp();
  expect(await receive(32, 50, 3_000)).toEqual([3]);
  expect(prefetch.chunks).toBe(3);
});

test("a fast one takes as many as it answers while others are on their way", async () => {
  const { prefetch, receive } = setUp();
  // 160,000 keys a second, of which 30 ms are some 4,800.
  await receive(32, 0.2, 3_000);
  expect(prefetch.chunks).toBe(Math.ceil((64 + 4_800) / 32));
});

test("chunks of one key are taken as before, at once when they come again", async () => {
  const { prefetch, receive } = setUp();
  await receive(32, 50, 2_000);
  expect(prefetch.chunks).toBe(3);
  await receive(1, 10, 60);
  expect(prefetch.chunks).toBeGreaterThanOrEqual(60);
});

test("it grows until it bounds nobody, however long keys wait for their delay", async () => {
  const { prefetch, receive } = setUp({ maxDelayMs: 1_000 });
  for (let second = 0; second < 20; second += 1) {
    // What is waiting for its delay is all that it gets in a second, or all that there is.
    const chunks = Math.min(prefetch.chunks, 5_000);
    await receive(1, 1_000 / chunks, 1_000);
  }
  expect(prefetch.chunks).toBeGreaterThanOrEqual(5_000);
});

test("it does not change to and fro with chunks of several sizes", async () => {
  const { receive } = setUp();
  const changes: number[] = [];
  for (let second = 0; second < 20; second += 1) {
    changes.push(...(await receive(4, 5, 500)), ...(await receive(8, 10, 500)));
  }
  expect(changes.length).toBeLessThanOrEqual(1);
});

test("it follows limits that change", async () => {
  let maxBatchSize = 32;
  const clock = new VirtualClock();
  const prefetch = new Prefetch(() => ({ ...LIMITS, maxBatchSize }), clock);
  maxBatchSize = 128;
  await clock.advance(50);
  expect(prefetch.count(1)).toBe(true);
  expect(prefetch.chunks).toBeGreaterThanOrEqual(256);
});

test("it is never more than the protocol has a number for, nor less than two", async () => {
  expect(setUp({ maxBatchSize: 1_000_000 }).prefetch.chunks).toBe(65_535);
  const { prefetch, receive } = setUp({ maxBatchSize: 1 });
  await receive(1_000, 50, 3_000);
  expect(prefetch.chunks).toBe(2);
});
