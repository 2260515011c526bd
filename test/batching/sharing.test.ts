// shareEqualKeys: equal keys that wait or run share one computation.

import { expect, test } from "vitest";
import { createBatcher } from "../../src/batching/index.ts";
import { type Load, setUp, upper } from "../support/heart.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

test("off by default: each of two equal keys is computed", async () => {
  const heart = setUp({ maxDelayMs: 10 });
  heart.loadAll("aa");
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["a", "a"]]);
  expect(heart.batcher.stats().totals.shared).toBe(0);
});

test("equal keys that wait are computed once, for all their callers", async () => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true }, upper);
  const loads = heart.loadAll("aba");
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(loads.map((load) => load.value)).toEqual(["A", "B", "A"]);
  expect(heart.batcher.stats().totals.shared).toBe(1);
});

test("two callers of the same word do not fill a batch of two", () => {
  const heart = setUp({ maxBatchSize: 2, shareEqualKeys: true });
  heart.loadAll("aa");
  expect(heart.calls).toHaveLength(0);
  heart.load("b");
  expect(heart.batches).toEqual([["a", "b"]]);
});

test("a caller joins an equal key that runs already", async () => {
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true });
  const loads = heart.loadAll("aa");
  expect(heart.calls).toHaveLength(1);
  await heart.call(0).answer();
  expect(loads.map((load) => load.value)).toEqual(["A", "A"]);
});

test("after its answer an equal key is computed anew", async () => {
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true });
  heart.load("a");
  await heart.call(0).answer(["old"]);
  const again = heart.load("a");
  await heart.call(1).answer(["new"]);
  expect(again.value).toBe("new");
});

test("after its error an equal key is computed anew", async () => {
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true });
  heart.load("a");
  await heart.call(0).answer([new Error("not today")]);
  const again = heart.load("a");
  await heart.call(1).answer();
  expect(again.value).toBe("A");
});

test("one of two sharers may leave alone while the key waits", async () => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true }, upper);
  const leaver = new AbortController();
  const left = heart.load("a", { signal: leaver.signal });
  const stayed = heart.load("a");
  leaver.abort("gone");
  await heart.clock.advance(10);
  expect([left.reason, stayed.value]).toEqual(["gone", "A"]);
});

test("one of two sharers may leave alone while the key runs", async () => {
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true });
  const leaver = new AbortController();
  const stayed = heart.load("a");
  heart.load("a", { signal: leaver.signal });
  leaver.abort();
  expect(heart.call(0).context.signal.aborted).toBe(false);
  await heart.call(0).answer();
  expect(stayed.value).toBe("A");
});

test("sharers may leave in any order, and the last to stay is answered", async () => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true }, upper);
  const leavers = Array.from({ length: 5 }, () => new AbortController());
  const loads = leavers.map(({ signal }) => heart.load("a", { signal }));
  for (const index of [0, 4, 1, 3]) leavers[index]?.abort(`left ${index}`);
  await heart.clock.advance(10);
  expect(loads.map((load) => load.value ?? load.reason)).toEqual([
    "left 0",
    "left 1",
    "A",
    "left 3",
    "left 4",
  ]);
});

test("a shared key that all its callers have left, in whatever order, is not computed", async () => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true });
  const leavers = Array.from({ length: 5 }, () => new AbortController());
  for (const { signal } of leavers) heart.load("a", { signal });
  for (const index of [0, 4, 1, 3, 2]) leavers[index]?.abort();
  await heart.clock.advance(10);
  expect(heart.calls).toHaveLength(0);
});

test("a key loaded again after all its callers left while it waited is a new key", async () => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true }, upper);
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  await heart.clock.advance(4);
  leaver.abort();
  const again = heart.load("a");
  await heart.clock.advance(9.9);
  expect(again.state).toBe("pending");
  await heart.clock.advance(0.1);
  expect(again.value).toBe("A");
});

test("a running key that all its callers have left may be joined while its batch is wanted", async () => {
  const heart = setUp({ maxBatchSize: 2, shareEqualKeys: true });
  const leaver = new AbortController();
  const other = new AbortController();
  heart.load("a", { signal: leaver.signal });
  heart.load("b", { signal: other.signal });
  leaver.abort();
  const joined = heart.load("a");
  other.abort();
  expect(heart.call(0).context.signal.aborted).toBe(false);
  await heart.call(0).answer();
  expect(joined.value).toBe("A");
});

test("nobody joins a key whose batch was told to stop", async () => {
  const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  leaver.abort();
  const next = heart.load("a");
  expect(heart.batches).toEqual([["a"], ["a"]]);
  await heart.call(0).answer(["of nobody"]);
  await heart.call(1).answer(["of the next"]);
  expect(next.value).toBe("of the next");
});

test("each sharer has its own time", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 50, shareEqualKeys: true });
  const early = heart.load("a");
  await heart.clock.advance(20);
  const late = heart.load("a");
  await heart.clock.advance(30);
  await heart.call(0).answer();
  expect([early.state, late.state]).toEqual(["rejected", "answered"]);
});

test("keys with the same content are equal, whatever object they are", async () => {
  const clock = new VirtualClock();
  const batches: unknown[] = [];
  const batcher = createBatcher(
    (keys: readonly object[]) => {
      batches.push(keys);
      return keys.map(() => "value");
    },
    { clock, shareEqualKeys: true },
  );
  const loads = [
    batcher.load({ x: 1, y: "2" }),
    batcher.load({ y: "2", x: 1 }),
    batcher.load({ x: "1", y: 2 }),
  ];
  await clock.advance(10);
  await Promise.all(loads);
  expect(batches).toEqual([
    [
      { x: 1, y: "2" },
      { x: "1", y: 2 },
    ],
  ]);
});

test("the option keyId says which keys are equal", async () => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true, keyId: (key) => key.toLowerCase() }, upper);
  const loads = heart.loadAll("aAb");
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["a", "b"]]);
  expect(loads.map((load) => load.value)).toEqual(["A", "A", "B"]);
});

test("a keyId that throws rejects that load alone", async () => {
  const keyId = (key: string) => {
    if (key === "b") throw new RangeError("no id");
    return key;
  };
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true, keyId }, upper);
  const loads = heart.loadAll("abc");
  await heart.clock.advance(10);
  expect(loads.map((load) => load.value)).toEqual(["A", undefined, "C"]);
  expect(loads[1]?.reason).toMatchObject({
    message: "keyId: expected a string for every key, but got: an error",
    cause: new RangeError("no id"),
  });
});

test("keys that have no canonical id are never shared", async () => {
  const clock = new VirtualClock();
  const sizes: number[] = [];
  const countKeys = (keys: readonly symbol[]) => {
    sizes.push(keys.length);
    return keys.map(() => 0);
  };
  const batcher = createBatcher(countKeys, { clock, shareEqualKeys: true });
  const key = Symbol("key");
  const loads = [batcher.load(key), batcher.load(key)];
  await clock.advance(10);
  await Promise.all(loads);
  expect(sizes).toEqual([2]);
});

test.each([
  ["null", null],
  ["undefined", undefined],
  ["a promise", Promise.resolve("id")],
])("a keyId that gives %s rejects that load, and shares nothing", async (_, id) => {
  const heart = setUp({ maxDelayMs: 10, shareEqualKeys: true, keyId: () => id as never }, upper);
  const loads = heart.loadAll("ab");
  await heart.clock.advance(10);
  for (const load of loads) {
    expect(load.reason).toMatchObject({
      code: "BATCH_BAD_OPTION",
      message: expect.stringMatching(/^keyId: expected a string for every key, but got: /),
    });
  }
});

test("a hung call of a key that is always asked for is given up, and the key computed anew", async () => {
  const heart = setUp({
    shareEqualKeys: true,
    maxDelayMs: 0,
    timeoutMs: 100,
    abortGraceMs: 10,
    concurrency: 1,
  });
  const early = heart.load("hot");
  await heart.clock.advance(0);
  for (let turn = 0; turn < 9; turn += 1) {
    await heart.clock.advance(11);
    heart.load("hot");
  }
  expect(heart.batcher.stats().totals, "they have joined it").toMatchObject({ loads: 10, shared: 9 });
  await heart.clock.advance(1);
  expect(early.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
  await heart.clock.advance(80);
  const late = heart.load("hot");
  await heart.clock.advance(29);
  expect(heart.call(0).context.signal.aborted).toBe(true);
  await heart.call(1).answer();
  expect(late.value).toBe("HOT");
});

test("a weigh that loads the same key itself does not part equal keys", async () => {
  let isWithin = false;
  const inner: Load<string>[] = [];
  const heart = setUp({
    shareEqualKeys: true,
    maxDelayMs: 10,
    weigh: (key) => {
      if (!isWithin) {
        isWithin = true;
        inner.push(heart.load(key));
      }
      return 1;
    },
  });
  const outer = heart.load("a");
  await heart.clock.advance(10);
  expect(heart.batches).toEqual([["a"]]);
  await heart.call(0).answer();
  expect([outer.value, inner[0]?.value]).toEqual(["A", "A"]);
});
