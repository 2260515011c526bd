// A batch serves many requests, and runs as none of them; each caller goes on as its own.

import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { systemClock } from "../../src/batching/clock.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { setUp, upper } from "../support/heart.ts";

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
