// A caller that leaves, by its AbortSignal, settles at once and harms nobody.

import { expect, test } from "vitest";
import { setUp, upper } from "../support/heart.ts";

test("a caller that has left already is not taken at all", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  const load = heart.load("a", { signal: AbortSignal.abort("gone before") });
  await heart.clock.advance(0);
  expect(load.reason).toBe("gone before");
  expect(heart.calls).toHaveLength(0);
});

test("a caller that leaves while it waits settles at once, with its signal's reason", async () => {
  const heart = setUp();
  const leaver = new AbortController();
  const load = heart.load("a", { signal: leaver.signal });
  leaver.abort("changed my mind");
  await Promise.resolve();
  expect(load.reason).toBe("changed my mind");
});

test("a caller that leaves while its key runs settles at once", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  const leaver = new AbortController();
  const load = heart.load("a", { signal: leaver.signal });
  leaver.abort("changed my mind");
  await Promise.resolve();
  expect(load.reason).toBe("changed my mind");
});

test("a caller that leaves harms nobody who waits with it", async () => {
  const heart = setUp({ maxDelayMs: 10 }, upper);
  const leaver = new AbortController();
  const [a] = heart.loadAll("a");
  heart.load("b", { signal: leaver.signal });
  const [c] = heart.loadAll("c");
  leaver.abort();
  await heart.clock.advance(10);
  expect([a?.value, c?.value]).toEqual(["A", "C"]);
});

test("a caller that leaves harms nobody whose key runs with its own", async () => {
  const heart = setUp({ maxBatchSize: 3 });
  const leaver = new AbortController();
  const [a] = heart.loadAll("a");
  heart.load("b", { signal: leaver.signal });
  const [c] = heart.loadAll("c");
  leaver.abort();
  await heart.call(0).answer();
  expect([a?.value, c?.value]).toEqual(["A", "C"]);
});

test("a key that nobody wants any more is not computed", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  heart.load("b");
  leaver.abort();
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["b"]]);
});

test("a batch that everyone has left is not run at all", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  const leaver = new AbortController();
  heart.loadAll("abc", { signal: leaver.signal });
  leaver.abort();
  await heart.clock.advance(100);
  expect(heart.calls).toHaveLength(0);
  expect(heart.batcher.stats()).toMatchObject({ waitingKeys: 0, waitingCallers: 0, pendingCallers: 0 });
});

test("a dead key does not count for maxBatchSize", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  heart.load("b");
  leaver.abort();
  heart.load("c");
  expect(heart.calls).toHaveLength(0);
  heart.load("d");
  expect(heart.batches).toEqual([["b", "c", "d"]]);
});

test("a dead key takes no place in a batch that waits for a slot", async () => {
  const heart = setUp({ maxBatchSize: 2, concurrency: 1 });
  const leaver = new AbortController();
  heart.loadAll("xy");
  heart.load("a");
  heart.load("b", { signal: leaver.signal });
  heart.load("c");
  leaver.abort();
  await heart.call(0).answer();
  expect(heart.batches).toEqual([
    ["x", "y"],
    ["a", "c"],
  ]);
});

test("the delay counts from the oldest key that is still wanted", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  await heart.clock.advance(4);
  heart.load("b");
  leaver.abort();
  await heart.clock.advance(9.9);
  expect(heart.calls).toHaveLength(0);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["b"]]);
});

test("a batch that was full but is not any more waits for its delay again", async () => {
  const heart = setUp({ maxBatchSize: 2, maxDelayMs: 10, concurrency: 1 });
  const leaver = new AbortController();
  heart.loadAll("xy");
  heart.load("a");
  heart.load("b", { signal: leaver.signal });
  leaver.abort();
  await heart.call(0).answer();
  expect(heart.calls).toHaveLength(1);
  await heart.clock.advance(10);
  expect(heart.batches.at(-1)).toEqual(["a"]);
});

test("a running batch goes on while one of its callers stays", () => {
  const heart = setUp({ maxBatchSize: 2 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  heart.load("b");
  leaver.abort();
  expect(heart.call(0).context.signal.aborted).toBe(false);
});

test("a running batch is told to stop when its last caller has left", () => {
  const heart = setUp({ maxBatchSize: 2 });
  const leavers = [new AbortController(), new AbortController()] as const;
  heart.load("a", { signal: leavers[0].signal });
  heart.load("b", { signal: leavers[1].signal });
  for (const leaver of leavers) leaver.abort();
  const { signal } = heart.call(0).context;
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ name: "AbortError" });
});

test("a running batch is told to stop when the time of its last caller is up", async () => {
  const heart = setUp({ maxBatchSize: 2, timeoutMs: 50 });
  heart.loadAll("ab");
  await heart.clock.advance(50);
  expect(heart.call(0).context.signal.aborted).toBe(true);
});

test("a signal that aborts after the answer changes nothing", async () => {
  const heart = setUp({ maxBatchSize: 1 });
  const leaver = new AbortController();
  const load = heart.load("a", { signal: leaver.signal });
  await heart.call(0).answer();
  leaver.abort();
  expect(load.value).toBe("A");
  expect(heart.batcher.stats().totals).toMatchObject({ answered: 1, left: 0 });
  expect(heart.call(0).context.signal.aborted).toBe(false);
});

test("one signal may serve many loads", async () => {
  const heart = setUp({ maxBatchSize: 100 });
  const leaver = new AbortController();
  const loads = heart.loadAll("abcdefghijklmnopqrstuvwxyz", { signal: leaver.signal });
  leaver.abort("all gone");
  await heart.clock.advance(0);
  expect(loads.every((load) => load.reason === "all gone")).toBe(true);
});

test("a batch whose last caller leaves while its start is told is not computed", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  const leaver = new AbortController();
  heart.batcher.events.once("batchStart", () => leaver.abort());
  const load = heart.load("a", { signal: leaver.signal });
  await heart.clock.advance(0);
  expect(load.state).toBe("rejected");
  expect(heart.calls).toHaveLength(0);
  expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, pendingCallers: 0 });
});

test("a signal that cannot be listened to rejects its own load alone", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10 }, upper);
  const signal = {
    aborted: false,
    addEventListener: () => {
      throw new Error("deaf");
    },
    removeEventListener: () => {},
  } as unknown as AbortSignal;
  const [before, deaf, after] = [heart.load("a"), heart.load("b", { signal }), heart.load("c")];
  await heart.clock.advance(10);
  expect([before.value, after.value]).toEqual(["A", "C"]);
  expect(deaf.reason).toMatchObject({ message: "deaf" });
  expect(heart.batcher.stats().totals).toMatchObject({ rejected: 1, answered: 2, left: 0 });
  expect(heart.batches).toEqual([["a", "c"]]);
});

test("a signal that aborts while it is listened to takes its key along, and no other", async () => {
  const heart = setUp({ maxBatchSize: 3, maxDelayMs: 10 }, upper);
  const signal = {
    aborted: false,
    reason: "gone",
    addEventListener: (_: string, listener: () => void) => listener(),
    removeEventListener: () => {},
  } as unknown as AbortSignal;
  const [before, gone, after] = [heart.load("a"), heart.load("b", { signal }), heart.load("c")];
  await heart.clock.advance(10);
  expect([before.value, after.value]).toEqual(["A", "C"]);
  expect(gone.reason).toBe("gone");
  expect(heart.batcher.stats()).toMatchObject({ waitingKeys: 0, pendingCallers: 0 });
});

test("a signal that calls a listener it was told to forget changes nothing", async () => {
  const heart = setUp({ maxBatchSize: 1 }, upper);
  const listeners: (() => void)[] = [];
  const signal = {
    aborted: false,
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
    removeEventListener: () => {},
  } as unknown as AbortSignal;
  const load = heart.load("a", { signal });
  await heart.clock.advance(0);
  const before = heart.batcher.stats();
  for (const listener of listeners) listener();
  expect(listeners).toHaveLength(1);
  expect(load.value).toBe("A");
  expect(heart.batcher.stats()).toEqual(before);
});

test("a signal that cannot forget a listener harms nobody: its caller is answered, and so are the others", async () => {
  const heart = setUp({ maxBatchSize: 3, timeoutMs: 50 }, upper);
  const signal = {
    aborted: false,
    addEventListener: () => {},
    removeEventListener: () => {
      throw new Error("I forget nothing");
    },
  } as unknown as AbortSignal;
  const loads = [heart.load("a"), heart.load("b", { signal }), heart.load("c")];
  await heart.clock.advance(100);
  expect(loads.map(({ value }) => value)).toEqual(["A", "B", "C"]);
  expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, pendingCallers: 0 });
});

test("a signal without a way to forget a listener is none", async () => {
  const heart = setUp();
  const load = heart.load("a", { signal: { addEventListener: () => {} } as unknown as AbortSignal });
  await heart.clock.advance(0);
  expect(load.reason).toMatchObject({ message: "signal: expected an AbortSignal, but got: an object" });
});

test("a signal whose listener is taken off may change the batcher meanwhile: nobody is settled twice", async () => {
  const heart = setUp({ maxBatchSize: 2, shareEqualKeys: true, timeoutMs: 1_000 });
  const leaver = new AbortController();
  const reentrant = (act: () => void) =>
    ({ aborted: false, addEventListener: () => {}, removeEventListener: act }) as unknown as AbortSignal;
  const again: { state: string }[] = [];
  const signal = reentrant(() => {
    leaver.abort("left");
    heart.batcher.configure({ timeoutMs: 1 });
    again.push(heart.load("a"));
  });
  const loads = [heart.load("a", { signal }), heart.load("a", { signal: leaver.signal }), heart.load("b")];
  await heart.clock.advance(10);
  await heart.call(0).answer();
  expect(loads.map(({ state }) => state)).toEqual(["answered", "answered", "answered"]);
  await heart.clock.advance(10);
  expect(
    again.map(({ state }) => state),
    "it was loaded anew, and its time is up",
  ).toEqual(["rejected"]);
  const { pendingCallers, waitingKeys, waitingCallers, totals } = heart.batcher.stats();
  expect([pendingCallers, waitingKeys, waitingCallers]).toEqual([0, 0, 0]);
  expect(totals).toMatchObject({ loads: 4, answered: 3, timedOut: 1, left: 0 });
});

test("a signal that aborts while keyId looks at the key is seen", async () => {
  const leaver = new AbortController();
  const keyId = (key: string) => {
    leaver.abort("gone");
    return key;
  };
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true, keyId }, upper);
  const load = heart.load("a", { signal: leaver.signal });
  await heart.clock.advance(0);
  expect(load.reason).toBe("gone");
  expect(heart.batcher.stats()).toMatchObject({ pendingCallers: 0, totals: { left: 1 } });
});
