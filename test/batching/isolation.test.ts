// A batch whose call fails is computed again in halves, until the keys that make it fail are alone.

import { describe, expect, test } from "vitest";
import type { BatcherOptions } from "../../src/batching/index.ts";
import { BatchError } from "../../src/batching/index.ts";
import { type HandRunCall, type Heart, type Respond, setUp, upper } from "../support/heart.ts";

const WORD = [..."abcdefghijklmnopqrstuvwxyz012345"];

/** An array of the right length that throws at whoever reads it. */
function unreadable({ keys }: HandRunCall): unknown {
  return new Proxy([...keys], {
    get(target, name) {
      if (name === "length") return target.length;
      throw new Error("unreadable");
    },
  });
}

/** Fails a whole call that has one of these keys. */
function failingFor(bad: string): Respond {
  return (call) => {
    const culprit = call.keys.find((key) => bad.includes(key));
    if (culprit !== undefined) throw new Error(`of ${culprit}`);
    return upper(call);
  };
}

function isolating(respond?: Respond, options: BatcherOptions<string> = {}): Heart {
  return setUp({ isolateFailures: true, maxBatchSize: 32, concurrency: 1, ...options }, respond);
}

test("one bad key of 32 fails alone: everyone else is answered, in 10 further calls", async () => {
  const heart = isolating(failingFor("k"));
  const loads = heart.loadAll(WORD.join(""));
  await heart.clock.advance(0);
  for (const [index, load] of loads.entries()) {
    if (WORD[index] === "k")
      expect(load.reason).toMatchObject({ code: "BATCH_FAILED", cause: new Error("of k") });
    else expect(load.value).toBe(WORD[index]?.toUpperCase());
  }
  expect(heart.calls).toHaveLength(11);
  expect(heart.batcher.stats().totals).toMatchObject({ answered: 31, failed: 1, batches: 1, extraCalls: 10 });
});

test.each(["ap", "abc", "a5", "bhnt", "abcd"])("the bad keys %s fail alone", async (bad) => {
  const heart = isolating(failingFor(bad));
  const loads = heart.loadAll(WORD.join(""));
  await heart.clock.advance(0);
  const failed = WORD.filter((_, index) => loads[index]?.state === "rejected");
  expect(failed.join("")).toBe([...bad].sort((a, b) => WORD.indexOf(a) - WORD.indexOf(b)).join(""));
});

test("a dead back-end gets eight further calls, and not 62", async () => {
  const heart = isolating(() => {
    throw new Error("dead");
  });
  const loads = heart.loadAll(WORD.join(""));
  await heart.clock.advance(0);
  expect(heart.calls).toHaveLength(9);
  for (const load of loads) expect(load.reason).toMatchObject({ code: "BATCH_FAILED" });
  expect(new Set(loads.map(({ reason }) => reason)).size, "an error of their own for each").toBe(32);
  expect(heart.batcher.stats()).toMatchObject({ pendingCallers: 0, runningBatches: 0 });
});

test("halves run one after the other in the slot of their batch, with its id and its signal", async () => {
  const heart = isolating();
  heart.loadAll("abcde", { maxDelayMs: 0 });
  await heart.clock.advance(0);
  heart.loadAll("z", { maxDelayMs: 0 });
  await heart.clock.advance(50);
  await heart.call(0).fail(new Error("all"));
  await heart.clock.advance(50);
  expect(heart.batches, "the older half first, and nothing else beside it").toEqual([
    [..."abcde"],
    [..."abc"],
  ]);
  await heart.call(1).answer();
  await heart.clock.advance(50);
  expect(heart.batches.at(-1)).toEqual(["d", "e"]);
  expect(heart.batcher.stats().runningBatches).toBe(1);
  await heart.call(2).answer();
  expect(heart.batches.at(-1), "the next batch, when the halves are done").toEqual(["z"]);
  const [whole, first, second] = heart.calls.map(({ context }) => context);
  expect([first, second]).toEqual([whole, whole]);
});

test("who is in a half that answers need not wait for the other", async () => {
  const heart = isolating();
  const loads = heart.loadAll("abcd", { maxDelayMs: 0 });
  await heart.clock.advance(0);
  await heart.call(0).fail(new Error("all"));
  await heart.call(1).answer();
  expect(loads.map(({ state }) => state)).toEqual(["answered", "answered", "pending", "pending"]);
});

test("a key that all have left is not in a half any more, and one that somebody joined is", async () => {
  const heart = isolating(undefined, { shareEqualKeys: true });
  const leaver = new AbortController();
  heart.load("a", { maxDelayMs: 0 });
  heart.loadAll("bcd", { signal: leaver.signal });
  await heart.clock.advance(0);
  await heart.call(0).fail(new Error("all"));
  leaver.abort();
  const joined = heart.load("c");
  await heart.call(1).answer();
  expect(heart.batches).toEqual([[..."abcd"], ["a", "b"], ["c"]]);
  await heart.call(2).answer();
  expect(joined.value).toBe("C");
  // A key that was left out is computed anew for who asks now.
  heart.load("d", { maxDelayMs: 0 });
  await heart.clock.advance(0);
  expect(heart.batches.at(-1)).toEqual(["d"]);
});

test("the signal aborts when all have left who have no answer yet, and that is the end of it", async () => {
  const heart = isolating();
  const leaver = new AbortController();
  const [a] = heart.loadAll("ab", { maxDelayMs: 0 });
  heart.loadAll("cd", { signal: leaver.signal });
  await heart.clock.advance(0);
  await heart.call(0).fail(new Error("all"));
  await heart.call(1).answer();
  expect(a?.value).toBe("A");
  expect(heart.call(2).context.signal.aborted).toBe(false);
  leaver.abort();
  expect(heart.call(2).context.signal.aborted).toBe(true);
  await heart.call(2).fail(new Error("stopped"));
  expect(heart.calls).toHaveLength(3);
  expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, pendingCallers: 0, partitions: 1 });
});

test("a half that hangs is abandoned with its batch", async () => {
  const heart = isolating(undefined, { abortGraceMs: 5, timeoutMs: 20 });
  heart.loadAll("abcd", { maxDelayMs: 0 });
  await heart.clock.advance(0);
  await heart.call(0).fail(new Error("all"));
  await heart.clock.advance(25);
  expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, totals: { timedOut: 4, abandoned: 1 } });
  await heart.call(1).fail(new Error("late"));
  expect(heart.calls).toHaveLength(2);
});

describe("what is not computed again", () => {
  const failures: readonly [string, (call: HandRunCall) => unknown][] = [
    ["a result of the wrong shape", () => ["one too few"]],
    ["a result that is no array", () => "ABCD"],
    ["an array that cannot be read", unreadable],
    ["an abort of the batch function's own", () => Promise.reject(new DOMException("stopped", "AbortError"))],
    [
      "a time-out of the batch function's own",
      () => Promise.reject(new DOMException("late", "TimeoutError")),
    ],
  ];
  test.each(failures)("%s", async (_, respond) => {
    const heart = isolating(respond);
    const loads = heart.loadAll("abcd", { maxDelayMs: 0 });
    await heart.clock.advance(0);
    expect(heart.calls).toHaveLength(1);
    for (const { reason } of loads) {
      expect(reason).toMatchObject({ code: "BATCH_FAILED", cause: { message: expect.stringMatching(/./) } });
    }
  });

  test("a batch of which somebody has run out of time", async () => {
    const heart = isolating(undefined, { timeoutMs: 20, shareEqualKeys: true });
    heart.loadAll("ab");
    await heart.clock.advance(10);
    const later = heart.loadAll("ab");
    await heart.clock.advance(10);
    await heart.call(0).fail(new Error("slow"));
    for (const { reason } of later) expect(reason).toMatchObject({ code: "BATCH_FAILED" });
    expect(heart.calls).toHaveLength(1);
  });

  test("a single key", async () => {
    const heart = isolating(failingFor("a"));
    const load = heart.load("a", { maxDelayMs: 0 });
    await heart.clock.advance(0);
    expect(load.reason).toMatchObject({ code: "BATCH_FAILED" });
    expect(heart.calls).toHaveLength(1);
  });

  test("anything, unless asked for", async () => {
    const heart = setUp({}, failingFor("a"));
    heart.loadAll("abcd", { maxDelayMs: 0 });
    await heart.clock.advance(0);
    expect(heart.calls).toHaveLength(1);
  });

  test("the rest, once a half gives garbage", async () => {
    const heart = isolating((call) => {
      if (call.keys.length === 4) throw new Error("all");
      return ["garbage", "of", "no", "use"];
    });
    const loads = heart.loadAll("abcd", { maxDelayMs: 0 });
    await heart.clock.advance(0);
    expect(heart.calls).toHaveLength(2);
    expect(loads[0]?.reason).toMatchObject({ cause: expect.any(TypeError) });
    expect(loads[3]?.reason).toMatchObject({ cause: new Error("all") });
  });
});

test("events tell how many keys failed, and in how many calls", async () => {
  const heart = isolating(failingFor("b"));
  const ends: unknown[] = [];
  heart.batcher.events.on("batchEnd", ({ outcome, error, failedKeys, calls, size }) => {
    ends.push({ outcome, error, failedKeys, calls, size });
  });
  heart.loadAll("abcd", { maxDelayMs: 0 });
  await heart.clock.advance(0);
  expect(ends).toEqual([{ outcome: "failed", error: new Error("of b"), failedKeys: 1, calls: 5, size: 4 }]);
});

test("a drain waits for the halves", async () => {
  const heart = isolating();
  const loads = heart.loadAll("ab", { maxDelayMs: 0 });
  await heart.clock.advance(0);
  await heart.call(0).fail(new Error("all"));
  let isDrained = false;
  void heart.batcher.drain().then(() => {
    isDrained = true;
  });
  await heart.call(1).answer();
  expect(isDrained).toBe(false);
  await heart.call(2).answer();
  expect(isDrained).toBe(true);
  expect(loads.map(({ value }) => value)).toEqual(["A", "B"]);
});

test("isolateFailures is true or false", () => {
  expect(() => setUp({ isolateFailures: 3 as never })).toThrow(
    "isolateFailures: expected true or false, but got: 3",
  );
});

test("every error that a caller gets is its own", async () => {
  const heart = isolating(failingFor("ab"), { shareEqualKeys: true });
  const loads = [heart.load("a"), heart.load("a"), heart.load("b")];
  await heart.clock.advance(10);
  const reasons = loads.map(({ reason }) => reason);
  expect(new Set(reasons).size).toBe(3);
  for (const reason of reasons) expect(reason).toBeInstanceOf(BatchError);
});
