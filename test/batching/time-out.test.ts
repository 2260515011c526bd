// timeoutMs: a caller's whole wait, queue and run together.

import { expect, test } from "vitest";
import { BatchError } from "../../src/batching/index.ts";
import { setUp } from "../support/heart.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

test("a caller whose batch never leaves is let go when its time is up, and not before", async () => {
  const heart = setUp({ maxDelayMs: 1_000, timeoutMs: 50 });
  const load = heart.load("a");
  await heart.clock.advance(49.9);
  expect(load.state).toBe("pending");
  await heart.clock.advance(0.1);
  expect(load.reason).toBeInstanceOf(BatchError);
  expect(load.reason).toMatchObject({ code: "BATCH_TIMEOUT", message: "No answer within 50 ms" });
  expect(heart.calls).toHaveLength(0);
});

test("a caller whose batch hangs is let go when its time is up", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 50 });
  const load = heart.load("a");
  await heart.clock.advance(50);
  expect(load.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
});

test("the time in the queue and the time of the run count together", async () => {
  const heart = setUp({ maxDelayMs: 30, timeoutMs: 50 });
  const load = heart.load("a");
  await heart.clock.advance(30);
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(19.9);
  expect(load.state).toBe("pending");
  await heart.clock.advance(0.1);
  expect(load.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
});

test("timers that fire early do not let a caller go early", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 50, clock: new VirtualClock({ earlyByMs: 0.7 }) });
  const load = heart.load("a");
  await heart.clock.advance(49.9);
  expect(load.state).toBe("pending");
  await heart.clock.advance(0.1);
  expect(load.state).toBe("rejected");
});

test("each caller has its own time, also in one batch", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 20, timeoutMs: 50 });
  const early = heart.load("a");
  await heart.clock.advance(10);
  const late = heart.load("b");
  await heart.clock.advance(40);
  expect([early.state, late.state]).toEqual(["rejected", "pending"]);
  await heart.call(0).answer();
  expect(late.value).toBe("B");
});

test("a caller that was answered is not counted as timed out later", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 50 });
  const load = heart.load("a");
  await heart.call(0).answer();
  await heart.clock.advance(100);
  expect(load.value).toBe("A");
  expect(heart.batcher.stats().totals).toMatchObject({ answered: 1, timedOut: 0 });
});

test("callers after an answered one are still let go in time", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 50 });
  heart.load("a");
  await heart.clock.advance(20);
  const hung = heart.load("b");
  await heart.call(0).answer();
  await heart.clock.advance(50);
  expect(hung.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
});

test("each caller that is let go gets an error of its own", async () => {
  const heart = setUp({ maxBatchSize: 2, timeoutMs: 50 });
  const [a, b] = heart.loadAll("ab");
  await heart.clock.advance(50);
  expect(a?.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
  expect(b?.reason).not.toBe(a?.reason);
});
