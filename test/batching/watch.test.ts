// What is told of callers and loads, and what a snapshot shows.

import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test, vi } from "vitest";
import type {
  BatchCaller,
  BatchEnded,
  BatchStarted,
  LoadEnded,
  WatchBatch,
} from "../../src/batching/index.ts";
import { type Heart, setUp, upper } from "../support/heart.ts";

interface Watched {
  readonly batch: BatchStarted;
  readonly callers: readonly BatchCaller[];
  readonly joined: BatchCaller[];
  readonly ends: BatchEnded[];
  runs: number;
}

/** A `watchBatch` that keeps what it is told. */
function watcher(): { watched: Watched[]; watchBatch: WatchBatch } {
  const watched: Watched[] = [];
  const watchBatch: WatchBatch = (batch, callers) => {
    const one: Watched = { batch, callers, joined: [], ends: [], runs: 0 };
    watched.push(one);
    return {
      run(call) {
        one.runs += 1;
        return call();
      },
      join: (caller) => void one.joined.push(caller),
      end: (ended) => void one.ends.push(ended),
    };
  };
  return { watched, watchBatch };
}

function loadEnds(heart: Heart): LoadEnded[] {
  const ends: LoadEnded[] = [];
  heart.batcher.events.on("loadEnd", (end) => ends.push(end));
  return ends;
}

test("who watches is told of each caller that a batch serves, and how long each had waited", async () => {
  const { watched, watchBatch } = watcher();
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10, shareEqualKeys: true, watchBatch });
  heart.load("a", { origin: "first" });
  await heart.clock.advance(3);
  heart.load("a", { origin: "second" });
  heart.load("b");
  expect(watched).toMatchObject([
    {
      batch: { id: "batch#1", size: 2, reason: "size", waitMs: 3 },
      callers: [
        { origin: "first", waitMs: 3 },
        { origin: "second", waitMs: 0 },
      ],
    },
  ]);
});

test("who watches is not told of callers that have left by then", async () => {
  const { watched, watchBatch } = watcher();
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true, watchBatch });
  const leaver = new AbortController();
  heart.load("a", { origin: "leaves", signal: leaver.signal });
  heart.load("a", { origin: "stays" });
  leaver.abort();
  await heart.clock.advance(10);
  expect(watched[0]?.callers).toEqual([{ origin: "stays", waitMs: 10 }]);
});

test("a caller that joins a key while it is computed is told of, and has not waited", async () => {
  const { watched, watchBatch } = watcher();
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true, watchBatch });
  heart.load("a", { origin: "first" });
  await heart.clock.advance(5);
  heart.load("a", { origin: "late" });
  heart.load("a");
  expect(watched).toMatchObject([{ joined: [{ origin: "late", waitMs: 0 }] }]);
});

test("the end of a batch is told once, and its calls are run by who watches, also those for its parts", async () => {
  const { watched, watchBatch } = watcher();
  const heart = setUp({ maxBatchSize: 2, isolateFailures: true, watchBatch });
  heart.loadAll("ab");
  await heart.call(0).fail(new Error("all"));
  await heart.call(1).answer();
  expect(watched[0]?.ends).toEqual([]);
  await heart.call(2).answer();
  expect(watched).toMatchObject([{ runs: 3, ends: [{ id: "batch#1", outcome: "failed", calls: 3 }] }]);
});

test("a batch function runs in the async context that who watches gives it, and in no request's", async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const note = (): void => void seen.push(context.getStore());
  const heart = setUp(
    {
      maxBatchSize: 2,
      shareEqualKeys: true,
      watchBatch: () => {
        note();
        return { run: (call) => context.run("batch", call), join: note, end: note };
      },
    },
    (call) => {
      note();
      return call.result;
    },
  );
  context.run("alice", () => heart.loadAll("ab", { origin: 1 }));
  context.run("bob", () => heart.load("a", { origin: 2 }));
  await context.run("carol", () => heart.call(0).answer());
  expect(seen).toEqual([undefined, "batch", undefined, undefined]);
});

test("what a watcher throws harms no batch, and is told as a warning", async () => {
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const broken = (where: string) => () => {
    throw new Error(where);
  };
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true, watchBatch: broken("start") });
  const load = heart.load("a", { origin: 1 });
  await heart.call(0).answer();
  const other = setUp({
    maxBatchSize: 1,
    shareEqualKeys: true,
    watchBatch: () => ({ run: (call) => call(), join: broken("join"), end: broken("end") }),
  });
  const loads = [other.load("a", { origin: 1 }), other.load("a", { origin: 2 })];
  await other.call(0).answer();
  expect([load, ...loads].map(({ value }) => value)).toEqual(["A", "A", "A"]);
  expect(emitWarning.mock.calls).toEqual([[new Error("start")], [new Error("join")], [new Error("end")]]);
  emitWarning.mockRestore();
});

test.each([
  ["an async function's", async () => ({ run: (call: () => unknown) => call(), join() {}, end() {} })],
  ["a promise that rejects", () => Promise.reject(new Error("no watch"))],
  ["an object without run", () => ({ join() {}, end() {} })],
  ["an object without join", () => ({ run: (call: () => unknown) => call(), end() {} })],
  ["an object without end", () => ({ run: (call: () => unknown) => call(), join() {} })],
  ["null", () => null],
])(
  "what cannot watch (%s) fails no batch, and is told as a warning once for each",
  async (what, watchBatch) => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true, watchBatch: watchBatch as never });
    const loads = [heart.load("a", { origin: 1 }), heart.load("a", { origin: 2 }), heart.load("b")];
    await heart.call(0).answer();
    await heart.call(1).answer();
    expect(loads.map(({ value }) => value)).toEqual(["A", "A", "B"]);
    const all = emitWarning.mock.calls.map(([warning]) => String(warning));
    emitWarning.mockRestore();
    // Why a promise has rejected is told, too.
    const warnings = all.filter((warning) => warning !== "Error: no watch");
    expect(all.length - warnings.length).toBe(what === "a promise that rejects" ? 2 : 0);
    expect(warnings).toHaveLength(2);
    for (const warning of warnings)
      expect(warning).toContain("watchBatch: expected run, join and end in an object");
  },
);

test("watchBatch has to be a function", () => {
  expect(() => setUp({ watchBatch: "log" as never })).toThrow(
    'watchBatch: expected a function, but got: "log"',
  );
});

test("loadEnd says how each load has ended, and how long it took", async () => {
  const heart = setUp({
    maxBatchSize: 2,
    maxQueueSize: 2,
    timeoutMs: 50,
    concurrency: 1,
    onWarning: () => {},
  });
  const ends = loadEnds(heart);
  heart.load("a");
  await heart.clock.advance(4);
  heart.load("b");
  await heart.clock.advance(3);
  await heart.call(0).answer(["A", new Error("of b")]);
  expect(ends).toEqual([
    { outcome: "answered", durationMs: 7 },
    { outcome: "failed", durationMs: 3 },
  ]);
  ends.length = 0;

  const leaver = new AbortController();
  heart.loadAll("cd");
  heart.load("e", { signal: leaver.signal });
  heart.load("f");
  heart.load("g");
  await heart.clock.advance(20);
  leaver.abort();
  await heart.clock.advance(30);
  expect(ends).toEqual([
    { outcome: "refused", durationMs: 0 },
    { outcome: "left", durationMs: 20 },
    { outcome: "timedOut", durationMs: 50 },
    { outcome: "timedOut", durationMs: 50 },
    { outcome: "timedOut", durationMs: 50 },
  ]);
});

test("loadEnd of a value from the cache, and of a load that is shut out, comes at once", async () => {
  const heart = setUp({ maxBatchSize: 1, cache: { maxEntries: 1, ttlMs: 1_000 } }, upper);
  const ends = loadEnds(heart);
  heart.load("a");
  await heart.clock.advance(0);
  heart.load("a");
  await heart.batcher.drain();
  heart.load("a");
  heart.load("b", { maxDelayMs: -1 });
  expect(ends.map(({ outcome }) => outcome)).toEqual(["answered", "answered", "shutOut", "rejected"]);
});

test("a snapshot shows what fills and what runs", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10, weigh: (key) => key.length });
  expect(heart.batcher.snapshot()).toEqual({ filling: undefined, running: [] });
  heart.loadAll("abc");
  await heart.clock.advance(2);
  heart.load("four");
  await heart.clock.advance(3);
  heart.load("x");
  expect(heart.batcher.snapshot()).toEqual({
    filling: { keys: 2, weight: 5, dueInMs: 7, partitions: 1 },
    running: [{ id: "batch#1", size: 3, reason: "size", runMs: 5 }],
  });
});

test("a snapshot shows the partition whose batch leaves next", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10, concurrency: 1 });
  heart.loadAll("ab", { partition: "slow" });
  heart.load("c", { partition: "urgent", maxDelayMs: 1 });
  expect(heart.batcher.snapshot().filling).toEqual({ keys: 1, weight: 1, dueInMs: 1, partitions: 2 });
  await heart.clock.advance(1);
  expect(heart.batcher.snapshot().filling).toEqual({ keys: 2, weight: 2, dueInMs: 9, partitions: 1 });
  heart.loadAll("defgh", { partition: "full" });
  expect(heart.batcher.snapshot().filling).toEqual({ keys: 5, weight: 5, dueInMs: 0, partitions: 2 });
});

test("a snapshot tells when what fills is due for those who still wait, and not for one who has left", async () => {
  const heart = setUp({ maxDelayMs: 100, shareEqualKeys: true });
  const leaving = new AbortController();
  heart.load("a", { signal: leaving.signal, maxDelayMs: 10 });
  await heart.clock.advance(5);
  heart.load("a");
  expect(heart.batcher.snapshot().filling).toEqual({ keys: 1, weight: 1, dueInMs: 5, partitions: 1 });
  leaving.abort();
  expect(heart.batcher.snapshot().filling).toEqual({ keys: 1, weight: 1, dueInMs: 100, partitions: 1 });
});

test("a snapshot shows the full batch where who was due in the one before it has left", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10, concurrency: 1, shareEqualKeys: true });
  heart.loadAll("xy", { partition: "running" });
  const leaving = new AbortController();
  heart.load("a", { partition: "left", signal: leaving.signal });
  await heart.clock.advance(5);
  heart.load("a", { partition: "left" });
  await heart.clock.advance(5);
  leaving.abort();
  expect(heart.batcher.snapshot().filling).toMatchObject({ keys: 1, dueInMs: 5 });
  heart.loadAll("bc", { partition: "full" });
  expect(heart.batcher.snapshot().filling).toMatchObject({ keys: 2, dueInMs: 0 });
});
