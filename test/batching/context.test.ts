// A batch serves many requests, and runs as none of them; each caller goes on as its own.

import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { systemClock } from "../../src/batching/clock.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { type Heart, setUp, upper } from "../support/heart.ts";
import { promisesToSettle } from "../support/virtual-clock.ts";

const request = new AsyncLocalStorage<string>();

/** The request whose context each call of the batch function, and each event, was in. */
function setUpWatched(options: Parameters<typeof setUp>[0]) {
  const seen: (string | undefined)[] = [];
  const heart = setUp(options, (call) => {
    seen.push(request.getStore());
    return upper(call);
  });
  heart.batcher.events.on("batchStart", () => seen.push(request.getStore()));
  heart.batcher.events.on("batchEnd", () => seen.push(request.getStore()));
  return { ...heart, seen };
}

test("a batch that a request fills does not run as that request, nor do its events", async () => {
  const heart = setUpWatched({ maxBatchSize: 1 });
  request.run("alice", () => heart.load("a"));
  await heart.clock.advance(0);
  expect(heart.seen).toEqual([undefined, undefined, undefined]);
});

test("a batch that leaves by its delay runs as no request", async () => {
  const heart = setUpWatched({ maxDelayMs: 10 });
  await request.run("alice", async () => {
    heart.load("a");
    await heart.clock.advance(10);
  });
  expect(heart.seen).toEqual([undefined, undefined, undefined]);
});

test("a batch that a drain releases runs as no request", async () => {
  const heart = setUpWatched({});
  heart.load("a");
  await request.run("admin", () => heart.batcher.drain());
  expect(heart.seen).toEqual([undefined, undefined, undefined]);
});

test("a batch that starts because another has ended runs as no request", async () => {
  const contexts: (string | undefined)[] = [];
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 }, (call) => {
    contexts.push(request.getStore());
    return call.result;
  });
  request.run("alice", () => heart.load("a"));
  request.run("bob", () => heart.load("b"));
  await request.run("carol", () => heart.call(0).answer());
  expect(contexts).toEqual([undefined, undefined]);
});

/** Loads as a request whose signal notes in which context it is forgotten. */
function loadNoted(heart: Heart, name: string, key: string, contexts: (string | undefined)[]): void {
  const { signal } = new AbortController();
  signal.removeEventListener = () => void contexts.push(request.getStore());
  request.run(name, () => heart.load(key, { signal }));
}

test("a batch ends in no request's context, and neither does one that started at the end of another", async () => {
  const contexts: (string | undefined)[] = [];
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  loadNoted(heart, "alice", "a", contexts);
  loadNoted(heart, "bob", "b", contexts);
  await request.run("carol", () => heart.call(0).answer());
  await request.run("carol", () => heart.call(1).answer());
  expect(contexts).toEqual([undefined, undefined]);
});

test("a batch that is answered at once ends in no request's context", () => {
  const contexts: (string | undefined)[] = [];
  const heart = setUp({ maxBatchSize: 2 }, upper);
  loadNoted(heart, "alice", "a", contexts);
  loadNoted(heart, "bob", "b", contexts);
  expect(contexts).toEqual([undefined, undefined]);
});

test("the values that a batch function promises come in no request's context", async () => {
  const contexts: (string | undefined)[] = [];
  const late = Promise.withResolvers<string>();
  const heart = setUp({ maxBatchSize: 1 }, () => [late.promise]);
  loadNoted(heart, "alice", "a", contexts);
  request.run("carol", () => late.resolve("A"));
  await promisesToSettle();
  expect(contexts).toEqual([undefined]);
});

test("the parts of a failed batch run and end in no request's context", async () => {
  const contexts: (string | undefined)[] = [];
  const heart = setUp({ maxBatchSize: 2, isolateFailures: true }, (call) => {
    contexts.push(request.getStore());
    return call.result;
  });
  loadNoted(heart, "alice", "a", contexts);
  loadNoted(heart, "bob", "b", contexts);
  await heart.call(0).fail(new Error("all"));
  await heart.call(1).answer();
  await heart.call(2).answer();
  expect(contexts).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("what a batch function enters, its next call is not in", async () => {
  const contexts: (string | undefined)[] = [];
  const heart = setUp({ maxBatchSize: 2, concurrency: 1, isolateFailures: true }, (call) => {
    contexts.push(request.getStore());
    request.enterWith("batch");
    return call.result;
  });
  heart.loadAll("abcd");
  await heart.call(0).fail(new Error("all"));
  for (const index of [1, 2, 3]) await heart.call(index).answer();
  expect(heart.batches).toEqual([["a", "b"], ["a"], ["b"], ["c", "d"]]);
  expect(contexts).toEqual([undefined, undefined, undefined, undefined]);
});

test("a batcher that is never idle keeps nothing of the request that it began with", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const user = new AsyncLocalStorage<object>();
  const heart = setUp({ maxBatchSize: 1, concurrency: 1 });
  const beginAs = (): WeakRef<object> => {
    const first = {};
    user.run(first, () => heart.load("a"));
    return new WeakRef(first);
  };
  const first = beginAs();
  for (let index = 0; index < 3; index += 1) {
    user.run({}, () => heart.load("b"));
    await heart.call(index).answer();
  }
  collectGarbage();
  expect(heart.batcher.stats().runningBatches).toBe(1);
  expect(first.deref()).toBeUndefined();
});

test("the signal of a batch aborts in no request's context", async () => {
  const contexts: (string | undefined)[] = [];
  const heart = setUp({ maxBatchSize: 1 }, (call) => {
    call.context.signal.addEventListener("abort", () => contexts.push(request.getStore()));
    return call.result;
  });
  const leaver = new AbortController();
  request.run("alice", () => heart.load("a", { signal: leaver.signal }));
  request.run("alice", () => leaver.abort());
  expect(contexts).toEqual([undefined]);
});

test("each caller goes on in its own request's context", async () => {
  const batcher = createBatcher((keys: readonly string[]) => keys, { maxBatchSize: 2 });
  const loadAs = (name: string) =>
    request.run(name, async () => {
      await batcher.load(name);
      return request.getStore();
    });
  expect(await Promise.all([loadAs("alice"), loadAs("bob")])).toEqual(["alice", "bob"]);
});

test("the system's timers run in no request's context", async () => {
  const fired = (ms: number) =>
    new Promise((resolve) => systemClock.schedule(() => resolve(request.getStore() ?? "nobody"), ms));
  const contexts = await request.run("alice", () => Promise.all([fired(0), fired(1)]));
  expect(contexts).toEqual(["nobody", "nobody"]);
});
