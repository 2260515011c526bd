// drain: takes no new keys, releases what waits, and what was accepted is answered.

import { describe, expect, test } from "vitest";
import type { Batcher } from "../../src/batching/index.ts";
import { BatchError } from "../../src/batching/index.ts";
import { Load, setUp, upper } from "../support/heart.ts";

function drain(batcher: Batcher<string, string>): Load<void> {
  return new Load(batcher.drain());
}

test("a draining batcher refuses new keys", async () => {
  const heart = setUp();
  void heart.batcher.drain();
  const load = heart.load("a");
  await Promise.resolve();
  expect(load.reason).toBeInstanceOf(BatchError);
  expect(load.reason).toMatchObject({
    name: "BatchError",
    code: "BATCH_SHUTTING_DOWN",
    message: "The server is shutting down",
    retryAfterSeconds: 1,
  });
});

test("what waits leaves at once, in every partition", () => {
  const heart = setUp({ maxDelayMs: 1_000 });
  heart.loadAll("ab");
  heart.load("c", { partition: "red" });
  void heart.batcher.drain();
  expect(heart.batches).toEqual([["a", "b"], ["c"]]);
  expect(heart.reasons).toEqual(["drain", "drain"]);
});

test("what waits for a slot leaves as soon as there is one", async () => {
  const heart = setUp({ maxBatchSize: 2, concurrency: 1 });
  const loads = heart.loadAll("abcde");
  const drained = drain(heart.batcher);
  for (let index = 0; index < 3; index += 1) await heart.call(index).answer();
  expect(heart.batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  expect(heart.reasons).toEqual(["size", "size", "drain"]);
  expect(loads.map((load) => load.value)).toEqual(["A", "B", "C", "D", "E"]);
  expect(drained.state).toBe("answered");
});

test("it resolves when the last caller is answered, and not before", async () => {
  const heart = setUp();
  const load = heart.load("a");
  const drained = drain(heart.batcher);
  await heart.clock.advance(100);
  expect(drained.state).toBe("pending");
  await heart.call(0).answer();
  expect([load.value, drained.state]).toEqual(["A", "answered"]);
});

test("it waits for a call that nobody wants any more, too", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  leaver.abort();
  const drained = drain(heart.batcher);
  await heart.clock.advance(100);
  expect(drained.state).toBe("pending");
  await heart.call(0).fail(new Error("stopped"));
  expect(drained.state).toBe("answered");
});

test("an idle batcher is drained at once", async () => {
  const heart = setUp();
  const drained = drain(heart.batcher);
  await heart.clock.advance(0);
  expect(drained.state).toBe("answered");
  expect(heart.clock.pendingTimers).toBe(0);
});

test("it resolves when the last waiting caller leaves", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  const leaver = new AbortController();
  heart.load("a");
  heart.load("b", { signal: leaver.signal });
  const drained = drain(heart.batcher);
  leaver.abort();
  await heart.call(0).answer();
  expect(heart.batches).toEqual([["a"]]);
  expect(drained.state).toBe("answered");
});

test("drain twice gives the same promise", async () => {
  const heart = setUp({}, upper);
  const first = heart.batcher.drain();
  expect(heart.batcher.drain()).toBe(first);
  await first;
  expect(heart.batcher.drain()).toBe(first);
});

test("drain again from a listener gives the same promise, and it resolves with the last answer", async () => {
  const heart = setUp();
  const drains: Promise<void>[] = [];
  heart.batcher.events.on("batchStart", () => drains.push(heart.batcher.drain()));
  heart.load("a");
  drains.push(heart.batcher.drain());
  const loads = drains.map((promise) => new Load(promise));
  await heart.call(0).answer();
  expect(loads.map((load) => load.state)).toEqual(["answered", "answered"]);
  expect(drains[0]).toBe(drains[1]);
  expect(heart.clock.pendingTimers).toBe(0);
});

describe("when time runs out", () => {
  test("it resolves after abortGraceMs, and not before, whatever hangs", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1, abortGraceMs: 40 });
    heart.loadAll("ab");
    const drained = drain(heart.batcher);
    await heart.clock.advance(39.9);
    expect(drained.state).toBe("pending");
    await heart.clock.advance(0.1);
    expect(drained.state).toBe("answered");
  });

  test("whoever has no answer gets BATCH_SHUTTING_DOWN, waiting or running, each an error of its own", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1, abortGraceMs: 40 });
    const [running, waiting] = heart.loadAll("ab");
    void heart.batcher.drain();
    await heart.clock.advance(40);
    expect(running?.reason).toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
    expect(waiting?.reason).toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
    expect(waiting?.reason).not.toBe(running?.reason);
    expect(heart.batches).toEqual([["a"]]);
  });

  test("what still runs is told to stop and given up", async () => {
    const heart = setUp({ maxBatchSize: 1, abortGraceMs: 40 });
    heart.load("a");
    void heart.batcher.drain();
    await heart.clock.advance(40);
    expect(heart.call(0).context.signal.aborted).toBe(true);
    expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, totals: { abandoned: 1, shutOut: 1 } });
    expect(heart.clock.pendingTimers).toBe(0);
  });

  test("a late answer is ignored", async () => {
    const heart = setUp({ maxBatchSize: 1, abortGraceMs: 40 });
    heart.load("a");
    void heart.batcher.drain();
    await heart.clock.advance(40);
    const before = heart.batcher.stats();
    await heart.call(0).answer();
    expect(heart.batcher.stats()).toEqual(before);
  });
});

describe("with acceptUntil", () => {
  test("keys are still taken, and leave with no delay", async () => {
    const heart = setUp({ maxDelayMs: 1_000 });
    void heart.batcher.drain({ acceptUntil: new Promise(() => {}) });
    expect(heart.batcher.stats().state).toBe("draining");
    heart.loadAll("ab");
    expect(heart.calls).toHaveLength(0);
    await heart.clock.advance(0);
    expect(heart.batches).toEqual([["a", "b"]]);
    expect(heart.reasons).toEqual(["drain"]);
  });

  test("keys are refused once the promise has settled, even when it rejects", async () => {
    for (const accept of [async () => {}, () => Promise.reject(new Error("a request failed"))]) {
      const heart = setUp();
      void heart.batcher.drain({ acceptUntil: accept() });
      await heart.clock.advance(0);
      expect(heart.batcher.stats().state).toBe("closed");
      const load = heart.load("a");
      await heart.clock.advance(0);
      expect(load.reason).toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
    }
  });

  test("what was taken until then is answered before it resolves", async () => {
    const heart = setUp();
    const accept = Promise.withResolvers<void>();
    const drained = new Load(heart.batcher.drain({ acceptUntil: accept.promise }));
    const load = heart.load("a");
    await heart.clock.advance(0);
    accept.resolve();
    await heart.clock.advance(0);
    expect(drained.state).toBe("pending");
    await heart.call(0).answer();
    expect([load.value, drained.state]).toEqual(["A", "answered"]);
  });

  test("the time of grace begins when keys are taken no longer", async () => {
    const heart = setUp({ maxBatchSize: 1, abortGraceMs: 40 });
    const accept = Promise.withResolvers<void>();
    const drained = new Load(heart.batcher.drain({ acceptUntil: accept.promise }));
    heart.load("a");
    await heart.clock.advance(500);
    accept.resolve();
    await heart.clock.advance(39.9);
    expect(drained.state).toBe("pending");
    await heart.clock.advance(0.1);
    expect(drained.state).toBe("answered");
  });

  test("the queue stays bounded", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1, maxQueueSize: 1 });
    void heart.batcher.drain({ acceptUntil: new Promise(() => {}) });
    const loads = heart.loadAll("abc");
    await heart.clock.advance(0);
    expect(loads.at(-1)?.reason).toMatchObject({ code: "BATCH_QUEUE_FULL" });
  });
});

test("a drain that still takes keys stops doing so when it is asked again without", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const first = heart.batcher.drain({ acceptUntil: new Promise(() => {}) });
  expect(heart.batcher.stats().state).toBe("draining");
  const second = heart.batcher.drain();
  await Promise.all([first, second]);
  expect(heart.batcher.stats().state).toBe("closed");
});

test("a drain may be told how long to wait", async () => {
  const heart = setUp({ maxBatchSize: 1, abortGraceMs: 5_000 });
  const load = heart.load("a");
  const drained = heart.batcher.drain({ graceMs: 20 });
  await heart.clock.advance(19);
  expect(load.state).toBe("pending");
  await heart.clock.advance(1);
  await drained;
  expect(load.reason).toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
});

test("a drain whose last caller leaves before its batch does has nothing to wait for", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  const accepting = Promise.withResolvers<void>();
  const drained = new Load(heart.batcher.drain({ acceptUntil: accepting.promise }));
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  accepting.resolve();
  // No turn of the event loop, in which the batch would leave.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(heart.batcher.stats().state).toBe("closed");
  leaver.abort();
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(drained.state).toBe("answered");
  expect(heart.clock.pendingTimers).toBe(0);
});
