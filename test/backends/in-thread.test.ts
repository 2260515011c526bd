// A heavy batch function on threads of its own: what it is given, what comes back, and who ends it.

import { buildSchema, graphql } from "graphql";
import { expect, onTestFinished, test } from "vitest";
import { type InThreadFunction, type InThreadOptions, inThread } from "../../src/backends/in-thread.ts";
import { loadPiscina } from "../../src/backends/piscina.ts";
import type { ThreadAnswer, ThreadCall } from "../../src/backends/thread.ts";
import { ThreadPool } from "../../src/backends/thread-pool.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { batched } from "../../src/graphql/index.ts";
import type { Task } from "../fixtures/heavy.ts";
import { call, counting, failureOf, newCounter, stopped } from "../support/threads.ts";

const HEAVY = new URL("../fixtures/heavy.ts", import.meta.url);

function heavyWith(options: InThreadOptions = {}): InThreadFunction<Task, unknown> {
  const heavy = inThread<Task, unknown>(HEAVY, { maxThreads: 1, ...options });
  onTestFinished(() => heavy.close());
  return heavy;
}

async function threadOf(heavy: InThreadFunction<Task, unknown>): Promise<number> {
  const [told] = await call(heavy, [{ does: "tellThread" }]);
  return (told as { threadId: number }).threadId;
}

test("a batcher's keys are answered from another thread, in their order", async () => {
  const batcher = createBatcher<Task, unknown>(heavyWith(), { maxBatchSize: 3 });
  const keys: Task[] = [{ says: "cat" }, { does: "tellThread" }, { says: "dog" }];
  const answers = await Promise.all(keys.map((key) => batcher.load(key)));
  expect(answers).toEqual(["CAT", { threadId: expect.any(Number), calls: 1 }, "DOG"]);
  expect(answers[1]).not.toMatchObject({ threadId: 0 });
  await batcher.drain();
});

test("a batched field is answered from another thread", async () => {
  const schema = buildSchema("type Query { upper(says: String!): String }");
  const upper = batched<Task, unknown>(heavyWith());
  Object.assign(schema.getQueryType()?.getFields().upper ?? {}, { resolve: upper });
  const { data } = await graphql({ schema, source: '{ a: upper(says: "cat") b: upper(says: "dog") }' });
  expect(data).toEqual({ a: "CAT", b: "DOG" });
});

test("the function is told its batch's id and partition", async () => {
  expect(await call(heavyWith(), [{ does: "tellContext" }])).toEqual([
    { id: "heavy#1", partition: "tenant" },
  ]);
});

test("one thread serves one call after another, and loads the module once", async () => {
  const heavy = heavyWith();
  const told = await Promise.all([1, 2, 3].map(() => call(heavy, [{ does: "tellThread" }])));
  const threadId = await threadOf(heavy);
  expect(told).toEqual([[{ threadId, calls: 1 }], [{ threadId, calls: 2 }], [{ threadId, calls: 3 }]]);
});

test("no more than maxThreads calls run at once", async () => {
  const heavy = heavyWith({ maxThreads: 2 });
  const counters = [newCounter(), newCounter(), newCounter()];
  const leavers = counters.map(() => new AbortController());
  const calls = counters.map((counter, index) =>
    failureOf(call(heavy, [{ counter }], leavers[index]?.signal)),
  );
  await Promise.all(counters.slice(0, 2).map(counting));
  expect(counters[2]?.[0]).toBe(0);
  // The one that waits takes the place of the one that leaves.
  leavers[0]?.abort(new Error("left"));
  await Promise.all(counters.slice(2).map(counting));
  for (const leaver of leavers) leaver.abort(new Error("left"));
  expect((await Promise.all(calls)).map(({ message }) => message)).toEqual(["left", "left", "left"]);
});

test("the signal stops a function that burns, and the next batch gets a new thread", async () => {
  const heavy = heavyWith();
  const before = await threadOf(heavy);
  const leaver = new AbortController();
  const counter = newCounter();
  const burning = call(heavy, [{ counter }], leaver.signal);
  await counting(counter);
  const next = threadOf(heavy);
  const reason = new Error("every caller has left");
  leaver.abort(reason);
  expect(await failureOf(burning)).toBe(reason);
  await stopped(counter);
  expect(await next).not.toBe(before);
});

test("the signal stops a function that hangs", async () => {
  const heavy = heavyWith();
  const before = await threadOf(heavy);
  const leaver = new AbortController();
  const computed = newCounter();
  const hanging = call(heavy, [{ computed, does: "hang" }], leaver.signal);
  await counting(computed);
  const next = threadOf(heavy);
  leaver.abort(new Error("left"));
  expect((await failureOf(hanging)).message).toBe("left");
  expect(await next).not.toBe(before);
});

test("a batcher's time-out frees the thread of a function that burns for ever", async () => {
  const batcher = createBatcher<Task, unknown>(heavyWith(), {
    maxBatchSize: 1,
    concurrency: 1,
    timeoutMs: 1_000,
  });
  const counter = newCounter();
  await expect(batcher.load({ counter })).rejects.toMatchObject({ code: "BATCH_TIMEOUT" });
  await stopped(counter);
  expect(await batcher.load({ says: "cat" })).toBe("CAT");
  expect(batcher.stats().runningBatches).toBe(0);
});

test("a call that nobody waits for any more is not begun", async () => {
  const heavy = heavyWith();
  const [before] = await call(heavy, [{ does: "tellThread" }]);
  const running = call(heavy, [{ burnMs: 200, says: "cat" }]);
  const leaver = new AbortController();
  const waiting = failureOf(call(heavy, [{ says: "dog" }], leaver.signal));
  leaver.abort(new Error("left"));
  expect((await waiting).message).toBe("left");
  expect((await failureOf(call(heavy, [{ says: "ant" }], leaver.signal))).message).toBe("left");
  expect(await running).toEqual(["CAT"]);
  const { threadId, calls } = before as { threadId: number; calls: number };
  expect(await call(heavy, [{ does: "tellThread" }])).toEqual([{ threadId, calls: calls + 2 }]);
});

test("a call that is left in the moment of its turn is not begun, and costs no thread", async () => {
  const pool = new ThreadPool<ThreadCall<Task>, ThreadAnswer<unknown>>(loadPiscina(), {
    name: "pool",
    entry: new URL("../../src/backends/thread.ts", import.meta.url).href,
    maxThreads: 1,
    idleTimeoutMs: 60_000,
  });
  onTestFinished(() => pool.close());
  const { signal } = new AbortController();
  const run = (key: Task, wanted = signal) =>
    pool.run({ module: HEAVY.href, keys: [key], id: "", partition: "" }, wanted);
  await run({ says: "cat" });
  const leaver = new AbortController();
  // Heard of between the end of this one, which passes its turn on, and the beginning of the next.
  void run({ says: "dog" }).then(() => leaver.abort(new Error("left")));
  expect((await failureOf(run({ says: "ant" }, leaver.signal))).message).toBe("left");
  expect(await run({ does: "tellThread" })).toMatchObject({ values: [{ calls: 3 }] });
});

test("an idle thread ends after idleTimeoutMs", async () => {
  const heavy = heavyWith({ idleTimeoutMs: 500 });
  const ticks = newCounter();
  const before = await threadOf(heavy);
  await call(heavy, [{ ticks }]);
  await counting(ticks);
  expect(await threadOf(heavy)).toBe(before);
  await stopped(ticks);
  expect(await threadOf(heavy)).not.toBe(before);
});

test("close() ends the threads at once, and fails what runs, waits or comes", async () => {
  const heavy = heavyWith();
  const counter = newCounter();
  const running = failureOf(call(heavy, [{ counter }]));
  const waiting = failureOf(call(heavy, [{ says: "cat" }]));
  await counting(counter);
  await heavy.close();
  await stopped(counter);
  const later = failureOf(call(heavy, [{ says: "dog" }]));
  const messages = (await Promise.all([running, waiting, later])).map(({ message }) => message);
  expect(messages).toEqual(Array(3).fill(`inThread(${HEAVY.href}): closed`));
  await heavy.close();
});

test("`await using` closes it", async () => {
  const counter = newCounter();
  let running: Promise<Error>;
  {
    await using heavy = inThread<Task, unknown>(HEAVY, { maxThreads: 1 });
    running = failureOf(call(heavy, [{ counter }]));
    await counting(counter);
  }
  expect((await running).message).toMatch(/: closed$/);
});
