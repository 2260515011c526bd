// What the batch function is told, and what it may do.

import { describe, expect, test } from "vitest";
import type { Batcher } from "../../src/batching/index.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { Load, setUp } from "../support/heart.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

test("the batch function is told the keys, the batch's id, its partition and its signal", () => {
  const heart = setUp({ name: "upper", maxBatchSize: 2 });
  heart.loadAll("ab", { partition: "red" });
  heart.loadAll("cd");
  const [first, second] = heart.calls;
  expect(first?.keys).toEqual(["a", "b"]);
  expect(first?.context).toMatchObject({ id: "upper#1", partition: "red" });
  expect(first?.context.signal).toBeInstanceOf(AbortSignal);
  expect(second?.context).toMatchObject({ id: "upper#2", partition: "" });
});

test("a batch function that spoils its list of keys harms nobody", async () => {
  const heart = setUp({ maxBatchSize: 2 }, ({ keys }) => {
    const values = keys.map((key) => key.toUpperCase());
    (keys as string[]).length = 0;
    return values;
  });
  const loads = heart.loadAll("ab");
  await heart.clock.advance(0);
  expect(loads.map((load) => load.value)).toEqual(["A", "B"]);
});

test("values of every kind arrive as they are", async () => {
  const clock = new VirtualClock();
  const values = [undefined, null, 0, "", false, Number.NaN, { x: 1 }, () => 1];
  const batcher = createBatcher((keys: readonly number[]) => keys.map((key) => values[key]), { clock });
  const loads = values.map((_, key) => new Load(batcher.load(key)));
  await clock.advance(10);
  expect(loads.map((load) => load.value)).toEqual(values);
  expect(loads.every((load) => load.state === "answered")).toBe(true);
});

test("a batch function may load from its own batcher and wait for it, while another slot is free", async () => {
  const clock = new VirtualClock();
  // A factorial: each key needs the one below it.
  const factorial: Batcher<number, number> = createBatcher(
    (keys: readonly number[]) =>
      Promise.all(keys.map(async (key) => (key === 0 ? 1 : key * (await factorial.load(key - 1))))),
    { clock, maxBatchSize: 1, concurrency: 10 },
  );
  const load = new Load(factorial.load(5));
  await clock.advance(0);
  expect(load.value).toBe(120);
});

test("a synchronous batch function may load from its own batcher, which then runs after it", async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  const inner: Load<string>[] = [];
  const batcher: Batcher<string, string> = createBatcher(
    (keys: readonly string[]) => {
      order.push(`start ${keys}`);
      if (keys[0] === "a") inner.push(new Load(batcher.load("b")));
      order.push(`end ${keys}`);
      return keys;
    },
    { clock, maxBatchSize: 1, concurrency: 1 },
  );
  const outer = new Load(batcher.load("a"));
  await clock.advance(0);
  expect(order).toEqual(["start a", "end a", "start b", "end b"]);
  expect([outer.value, inner[0]?.value]).toEqual(["a", "b"]);
});

test("a batch function that waits for its own only slot is let go in time, and the field lives on", async () => {
  const clock = new VirtualClock();
  const batcher: Batcher<string, string> = createBatcher(
    async (keys: readonly string[]) => {
      if (keys[0] === "a") await batcher.load("b");
      return keys;
    },
    { clock, maxBatchSize: 1, concurrency: 1, timeoutMs: 50, abortGraceMs: 10 },
  );
  const stuck = new Load(batcher.load("a"));
  await clock.advance(60);
  expect(stuck.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
  const next = new Load(batcher.load("c"));
  await clock.advance(0);
  expect(next.value).toBe("c");
});

test("the load of one batcher may wait for another batcher", async () => {
  const clock = new VirtualClock();
  const double = createBatcher((keys: readonly number[]) => keys.map((key) => key * 2), { clock });
  const addOne = createBatcher(
    async (keys: readonly number[]) =>
      (await Promise.all(keys.map((key) => double.load(key)))).map((n) => n + 1),
    { clock },
  );
  const load = new Load(addOne.load(20));
  await clock.advance(20);
  expect(load.value).toBe(41);
});

test("a batch function of promises, of values or of both has the same type of value", async () => {
  const ofPromises = createBatcher(async (keys: readonly number[]) => keys.map(async (key) => `${key}`));
  const ofBoth = createBatcher((keys: readonly number[]) =>
    keys.map((key) => (key > 1 ? Promise.resolve(`${key}`) : `${key}`)),
  );
  const values: readonly string[] = await Promise.all([ofPromises.load(1), ofBoth.load(1), ofBoth.load(2)]);
  expect(values).toEqual(["1", "1", "2"]);
});

test("a value that does not want to be looked at fails its own caller, and frees the slot", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  const load = heart.load("a");
  await heart.call(0).answer([proxy]);
  expect(load.state).toBe("rejected");
  expect(heart.batcher.stats().runningBatches).toBe(0);
});

test("a value that does not want to be looked at is a value", async () => {
  const shy = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error("not for you");
      },
    },
  );
  const heart = setUp({ maxBatchSize: 1 }, () => [shy]);
  const load = heart.load("a");
  await heart.clock.advance(0);
  expect(load.state).toBe("answered");
  expect(load.value === (shy as unknown)).toBe(true);
});

describe("promises in place of values", () => {
  test("answer their callers one by one: a slow one keeps nobody waiting", async () => {
    const slow = Promise.withResolvers<string>();
    const heart = setUp({ maxBatchSize: 4, timeoutMs: 50, abortGraceMs: 5 }, () => [
      "A",
      slow.promise,
      Promise.resolve("C"),
      Promise.reject(new Error("no d")),
    ]);
    const loads = heart.loadAll("abcd");
    await heart.clock.advance(0);
    expect(loads.map(({ state }) => state)).toEqual(["answered", "pending", "answered", "rejected"]);
    expect(loads[3]?.reason).toMatchObject({ message: "no d" });
    expect(heart.batcher.stats(), "its slot is taken until all are there").toMatchObject({
      runningBatches: 1,
    });
    slow.resolve("B");
    await heart.clock.advance(0);
    expect(loads[1]?.value).toBe("B");
    expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, totals: { answered: 3, failed: 1 } });
  });

  test("that never settle cost their own callers their time, and the batch is given up", async () => {
    const heart = setUp({ maxBatchSize: 2, timeoutMs: 50, abortGraceMs: 5 }, () => [
      "A",
      new Promise(() => {}),
    ]);
    const [a, b] = heart.loadAll("ab");
    await heart.clock.advance(55);
    expect(a?.value).toBe("A");
    expect(b?.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
    expect(heart.batcher.stats()).toMatchObject({ runningBatches: 0, totals: { abandoned: 1 } });
  });

  test("that come after everyone has left answer nobody", async () => {
    const late = Promise.withResolvers<string>();
    const heart = setUp({ maxBatchSize: 2, timeoutMs: 50, abortGraceMs: 500 }, () => ["A", late.promise]);
    const ends: string[] = [];
    heart.batcher.events.on("batchEnd", ({ outcome }) => ends.push(outcome));
    heart.loadAll("ab");
    await heart.clock.advance(50);
    late.resolve("B");
    await heart.clock.advance(0);
    expect(ends).toEqual(["aborted"]);
    expect(heart.batcher.stats().totals).toMatchObject({ answered: 1, timedOut: 1 });
  });

  test("of a half are waited for before the next half runs", async () => {
    const slow = Promise.withResolvers<string>();
    let calls = 0;
    const heart = setUp({ maxBatchSize: 4, isolateFailures: true }, ({ keys }) => {
      calls += 1;
      if (keys.length === 4) throw new Error("all");
      return calls === 2 ? ["A", slow.promise] : ["C", "D"];
    });
    const loads = heart.loadAll("abcd");
    await heart.clock.advance(0);
    expect(loads.map(({ state }) => state)).toEqual(["answered", "pending", "pending", "pending"]);
    slow.resolve("B");
    await heart.clock.advance(0);
    expect(loads.map(({ value }) => value)).toEqual(["A", "B", "C", "D"]);
  });
});
