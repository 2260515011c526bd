// Keys of different partitions never share a batch, and no partition keeps the others from running.

import DataLoader from "dataloader";
import { describe, expect, test, vi } from "vitest";
import { setUp, upper } from "../support/heart.ts";

test("keys of different partitions never share a batch", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10 });
  for (const key of "abcd") heart.load(key, { partition: key < "c" ? "red" : "blue" });
  heart.load("e");
  await heart.clock.advance(10);
  expect(heart.calls.map(({ keys, context }) => [context.partition, ...keys])).toEqual([
    ["red", "a", "b"],
    ["blue", "c", "d"],
    ["", "e"],
  ]);
});

test("a partition is full by its own keys alone", () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 });
  heart.load("a", { partition: "red" });
  heart.load("b", { partition: "blue" });
  expect(heart.calls).toHaveLength(0);
  heart.load("c", { partition: "red" });
  expect(heart.batches).toEqual([["a", "c"]]);
});

test("each partition counts its delay from its own oldest key", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  heart.load("a", { partition: "red" });
  await heart.clock.advance(6);
  heart.load("b", { partition: "blue" });
  await heart.clock.advance(4);
  expect(heart.batches).toEqual([["a"]]);
  await heart.clock.advance(5.9);
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a"], ["b"]]);
});

test("equal keys of different partitions are computed apart", async () => {
  const heart = setUp({ shareEqualKeys: true, maxDelayMs: 10 }, (call) =>
    call.keys.map((key) => `${call.context.partition} ${key}`),
  );
  const red = heart.load("a", { partition: "red" });
  const blue = heart.load("a", { partition: "blue" });
  await heart.clock.advance(10);
  expect([red.value, blue.value]).toEqual(["red a", "blue a"]);
});

test("ready partitions take turns, however many keys one of them has", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  heart.load("x");
  heart.loadAll("abc", { partition: "greedy" });
  heart.loadAll("de", { partition: "modest" });
  heart.load("f", { partition: "small" });
  for (let index = 0; index < 6; index += 1) await heart.call(index).answer();
  expect(heart.batches.flat().join("")).toBe("xadfbec");
});

test("an idle named partition is forgotten once its last batch has ended", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  for (const partition of ["red", "blue", "green"]) heart.load("a", { partition });
  expect(heart.batcher.stats().partitions).toBe(3);
  for (let index = 0; index < 3; index += 1) await heart.call(index).answer();
  expect(heart.batcher.stats().partitions).toBe(0);
});

test("a named partition is forgotten when the last of its waiting callers leaves", () => {
  const heart = setUp();
  const leaver = new AbortController();
  heart.load("a", { partition: "red", signal: leaver.signal });
  leaver.abort();
  expect(heart.batcher.stats().partitions).toBe(0);
});

test("a partition with keys that wait is not forgotten when its running batch ends", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 });
  const loads = heart.loadAll("abc", { partition: "red" });
  await heart.call(0).answer();
  expect(heart.batcher.stats().partitions).toBe(1);
  await heart.clock.advance(10);
  await heart.call(1).answer();
  expect(loads.map((load) => load.value)).toEqual(["A", "B", "C"]);
});

test("a forgotten partition works again when it is named again", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  heart.load("a", { partition: "red" });
  await heart.clock.advance(0);
  const again = heart.load("b", { partition: "red" });
  await heart.clock.advance(0);
  expect(again.value).toBe("B");
});

test("every key goes through the one DataLoader of its partition, for as long as that lives", async () => {
  const load = vi.spyOn(DataLoader.prototype, "load");
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10 }, upper);
  for (const keys of ["ab", "cd", "e"]) {
    heart.loadAll(keys);
    await heart.clock.advance(10);
  }
  expect(load).toHaveBeenCalledTimes(5);
  expect(new Set(load.mock.contexts).size).toBe(1);
  heart.load("f", { partition: "other" });
  expect(new Set(load.mock.contexts).size).toBe(2);
  load.mockRestore();
});

describe("slots", () => {
  test("of the partitions that are ready, the one with the fewest calls running goes first", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 3 });
    heart.loadAll("abcdef", { partition: "slow" });
    heart.loadAll("xyz", { partition: "fast" });
    // Three slots are slow's by now, as nobody else was there. What is free from now on is fast's.
    await heart.call(0).answer();
    expect(heart.batches.at(-1)).toEqual(["x"]);
    await heart.call(1).answer();
    expect(heart.batches.at(-1), "one of each runs: who had its last turn longer ago").toEqual(["d"]);
    await heart.call(2).answer();
    expect(heart.batches.at(-1)).toEqual(["y"]);
  });

  test("a partition whose calls take long does not slow down one whose calls are short", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 2, maxQueueSize: 1_000 });
    heart.loadAll("abcdefghijklmnopqrst", { partition: "slow" });
    heart.loadAll("0123456789", { partition: "fast" });
    await heart.call(0).answer();
    // One slow call runs on; all of fast's go through the other slot, one after the other.
    for (let index = 2; index < 11; index += 1) await heart.call(index).answer();
    expect(heart.batches.slice(2).flat().join("")).toBe("0123456789");
  });
});

describe("the queue", () => {
  function flooded(maxQueueSize: number, flood: number) {
    const heart = setUp({ maxBatchSize: 100, maxQueueSize });
    const greedy = Array.from({ length: flood }, (_, index) =>
      heart.load(`${index}`, { partition: "greedy" }),
    );
    return { heart, greedy };
  }

  test("a partition that floods it has all of it, while nobody else is there", async () => {
    const { heart, greedy } = flooded(4, 5);
    await heart.clock.advance(0);
    expect(greedy.map(({ state }) => state)).toEqual([
      "pending",
      "pending",
      "pending",
      "pending",
      "rejected",
    ]);
  });

  test("who comes then gets its share: the newest of the flood are pushed out, with a clear error", async () => {
    const { heart, greedy } = flooded(4, 4);
    const modest = ["a", "b", "c"].map((key) => heart.load(key, { partition: "modest" }));
    await heart.clock.advance(0);
    expect(greedy.map(({ state }) => state)).toEqual(["pending", "pending", "rejected", "rejected"]);
    expect(greedy[3]?.reason).toMatchObject({ code: "BATCH_QUEUE_FULL", retryAfterSeconds: 1 });
    expect(
      modest.map(({ state }) => state),
      "its share is two",
    ).toEqual(["pending", "pending", "rejected"]);
    expect(heart.batcher.stats()).toMatchObject({ waitingCallers: 4, totals: { refused: 3 } });
  });

  test("shares shrink with each partition that has callers, and grow again without", async () => {
    const { heart, greedy } = flooded(6, 6);
    heart.loadAll("abc", { partition: "second" });
    heart.loadAll("xy", { partition: "third" });
    await heart.clock.advance(0);
    const pending = (loads: readonly { state: string }[]) =>
      loads.filter(({ state }) => state === "pending").length;
    expect(pending(greedy)).toBe(2);
    await heart.clock.advance(10);
    const again = Array.from({ length: 6 }, (_, index) =>
      heart.load(`again ${index}`, { partition: "greedy" }),
    );
    expect(pending(again)).toBe(6);
  });

  test("whoever alone keeps a call running is not pushed out: that would end it", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1, maxQueueSize: 2, shareEqualKeys: true });
    const leaver = new AbortController();
    heart.load("hot", { partition: "greedy", signal: leaver.signal });
    const queued = heart.load("cold", { partition: "greedy" });
    const joined = heart.load("hot", { partition: "greedy" });
    leaver.abort();
    const modest = heart.load("a", { partition: "modest" });
    await heart.clock.advance(0);
    expect([queued.state, joined.state, modest.state]).toEqual(["rejected", "pending", "pending"]);
    expect(heart.call(0).context.signal.aborted).toBe(false);
    expect(heart.batcher.stats().waitingCallers).toBe(2);
  });

  test("who is let in by the signal of one who is pushed out does not make the queue too long", async () => {
    const heart = setUp({ maxBatchSize: 100, maxQueueSize: 2 });
    const letIn: { state: string }[] = [];
    const signal = {
      aborted: false,
      addEventListener: () => {},
      removeEventListener: () => letIn.push(heart.load("c", { partition: "third" })),
    } as unknown as AbortSignal;
    heart.load("a", { partition: "greedy" });
    heart.load("b", { partition: "greedy", signal });
    const modest = heart.load("d", { partition: "modest" });
    await heart.clock.advance(0);
    expect([letIn[0]?.state, modest.state]).toEqual(["pending", "rejected"]);
    expect(heart.batcher.stats().waitingCallers).toBe(2);
  });

  test("with more partitions than places, whoever comes first is served", async () => {
    const heart = setUp({ maxBatchSize: 100, maxQueueSize: 2 });
    const loads = ["red", "blue", "green"].map((partition) => heart.load("a", { partition }));
    await heart.clock.advance(0);
    expect(loads.map(({ state }) => state)).toEqual(["pending", "pending", "rejected"]);
    expect(heart.batcher.stats().partitions, "nothing is kept of who was refused").toBe(2);
  });

  test("a draining batcher pushes nobody out: what it has accepted is answered", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1, maxQueueSize: 3 });
    const greedy = heart.loadAll("abcd", { partition: "greedy" });
    const accepting = Promise.withResolvers<void>();
    void heart.batcher.drain({ acceptUntil: accepting.promise });
    const refused = heart.load("x", { partition: "modest" });
    await heart.clock.advance(0);
    expect(refused.reason).toMatchObject({ code: "BATCH_QUEUE_FULL" });
    expect(greedy.map(({ state }) => state)).toEqual(["pending", "pending", "pending", "pending"]);
    accepting.resolve();
  });

  test("a flood in one partition does not keep another from being served, however long it lasts", async () => {
    const heart = setUp({ maxBatchSize: 4, concurrency: 1, maxQueueSize: 20 });
    let served = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 30; index += 1) heart.load(`${round}.${index}`, { partition: "greedy" });
      const modest = heart.load(`modest ${round}`, { partition: "modest" });
      await heart.clock.advance(10);
      for (let turn = 0; turn < 3; turn += 1) await heart.calls.at(-1)?.answer();
      if (modest.state === "answered") served += 1;
    }
    expect(served).toBe(50);
  });
});

test("a partition loses its turn with the caller that was due, and has to wait for another one", async () => {
  const heart = setUp({ maxBatchSize: 4, maxDelayMs: 10, concurrency: 1, shareEqualKeys: true });
  const started: string[] = [];
  heart.batcher.events.on("batchStart", ({ partition }) => started.push(partition));
  const impatient = new AbortController();
  heart.load("slow", { partition: "busy", maxDelayMs: 0 });
  heart.load("cat", { partition: "blue", signal: impatient.signal });
  await heart.clock.advance(8);
  heart.load("cat", { partition: "blue" });
  await heart.clock.advance(2);
  impatient.abort();
  heart.load("dog", { partition: "red", maxDelayMs: 0 });
  await heart.clock.advance(8);
  await heart.call(0).answer();
  await heart.call(1).answer();
  expect(started).toEqual(["busy", "red", "blue"]);
});
