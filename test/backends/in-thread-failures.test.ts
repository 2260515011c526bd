// What goes wrong on a thread fails the batch that it runs, clearly, and no other one.

import { once } from "node:events";
import { GraphQLError } from "graphql";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type InThreadOptions, inThread } from "../../src/backends/in-thread.ts";
import { loadPiscina } from "../../src/backends/piscina.ts";
import { ThreadPool } from "../../src/backends/thread-pool.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { batched } from "../../src/graphql/index.ts";
import type { Task } from "../fixtures/heavy.ts";
import { call, failureOf, newCounter } from "../support/threads.ts";

const HEAVY = new URL("../fixtures/heavy.ts", import.meta.url);
const NAME = `inThread(${HEAVY.href})`;
const DIED = `${NAME}: its thread died before it had answered`;

/** Two threads: while one dies, the other computes. */
const heavy = inThread<Task, unknown>(HEAVY, { maxThreads: 2 });
afterAll(() => heavy.close());

test.each([
  ["that ends its process", "exit", {}, `${DIED}: worker exited with code: 3`],
  ["with an exception that nobody catches", "throwInTimer", {}, `${DIED}: out of a timer`],
  [
    "that needs more memory than it may have",
    "eatMemory",
    { resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 } },
    `${DIED}: Worker terminated due to reaching memory limit: JS heap out of memory`,
  ],
] as const)("a function %s fails its own batch only", async (_, does, options, message) => {
  const mortal = inThread<Task, unknown>(HEAVY, { maxThreads: 2, ...options });
  onTestFinished(() => mortal.close());
  // One beside it, and one that waits for its thread.
  const others = [call(mortal, [{ burnMs: 500, says: "cat" }])];
  const dying = failureOf(call(mortal, [{ does }]));
  others.push(call(mortal, [{ says: "dog" }]));
  expect((await dying).message).toBe(message);
  expect(await Promise.all(others)).toEqual([["CAT"], ["DOG"]]);
  expect(await call(mortal, [{ says: "ant" }])).toEqual(["ANT"]);
});

test("through a batcher, a dead thread is BATCH_FAILED for its callers alone", async () => {
  const batcher = createBatcher<Task, unknown>(heavy, { maxBatchSize: 2 });
  const dying = [batcher.load({ does: "exit" }), batcher.load({ does: "exit" })];
  const next = [batcher.load({ says: "cat" }), batcher.load({ says: "dog" })];
  for (const load of await Promise.allSettled(dying)) {
    expect(load).toMatchObject({
      status: "rejected",
      reason: { code: "BATCH_FAILED", cause: { message: `${DIED}: worker exited with code: 3` } },
    });
  }
  expect(await Promise.all(next)).toEqual(["CAT", "DOG"]);
});

test("a thread that dies of what a call has left behind fails nobody's batch, and is told of", async () => {
  const single = inThread<Task, unknown>(HEAVY, { maxThreads: 1 });
  onTestFinished(() => single.close());
  const warned = once(process, "warning");
  expect(await call(single, [{ does: "throwWhenIdle" }])).toEqual(["soon"]);
  const [warning] = await warned;
  expect(warning).toMatchObject({
    name: "JitneyWarning",
    message: `${NAME}: a thread died while it was idle: left behind`,
  });
  expect(await call(single, [{ says: "cat" }])).toEqual(["CAT"]);
});

test("a call that is handed to a thread which has just died is computed by a new one", async () => {
  const single = inThread<Task, unknown>(HEAVY, { maxThreads: 1 });
  onTestFinished(() => single.close());
  await call(single, [{ does: "throwWhenIdle" }]);
  // It dies meanwhile, and this side has no turn of the event loop in which to hear of it.
  const end = performance.now() + 500;
  while (performance.now() < end);
  expect(await call(single, [{ says: "cat" }])).toEqual(["CAT"]);
});

test("a call that has begun is not made again when its thread dies", async () => {
  const computed = newCounter();
  expect((await failureOf(call(heavy, [{ computed, does: "exit" }]))).message).toMatch(/: worker exited/);
  expect(await call(heavy, [{ says: "cat" }])).toEqual(["CAT"]);
  expect(computed[0]).toBe(1);
});

test("a thread that cannot start fails the batch, and does not hang it", async () => {
  const pool = new ThreadPool(loadPiscina(), {
    name: "pool",
    entry: new URL("./no-such-file.ts", import.meta.url).href,
    maxThreads: 1,
    idleTimeoutMs: 0,
  });
  const { signal } = new AbortController();
  const failures = [1, 2].map(() => failureOf(pool.run({}, signal)));
  for (const { message } of await Promise.all(failures)) {
    expect(message).toMatch(/^pool: its thread died before it had answered: Cannot find module/);
  }
});

test("what the function throws arrives with its message, stack, name and properties", async () => {
  const error = await failureOf(call(heavy, [{ does: "throwOwn" }]));
  expect({ ...error, name: error.name, message: error.message }).toEqual({
    name: "OwnError",
    message: "of its own",
    code: "OWN",
  });
  expect(error.stack).toMatch(/^OwnError: of its own\n.*heavy\.ts:\d+/);
});

test("what the function throws that is no Error is the cause of one", async () => {
  const error = await failureOf(call(heavy, [{ does: "throwText" }]));
  expect([error.message, error.cause]).toEqual([
    "The batch function threw something that is no Error",
    "only a text",
  ]);
});

test("an Error in place of a value stays one, and is its key's alone", async () => {
  const values = await call(heavy, [{ does: "giveOwnError" }, { says: "cat" }, { does: "giveTypeError" }]);
  expect(values).toEqual([expect.any(Error), "CAT", expect.any(TypeError)]);
  const [own] = values;
  expect(own).toMatchObject({ name: "OwnError", code: "OWN", cause: expect.any(RangeError) });
});

test("a GraphQLError for a key reaches its client with message and extensions", async () => {
  const [error] = await call(heavy, [{ does: "giveGraphQLError" }]);
  expect(error).toMatchObject({ name: "GraphQLError", extensions: { code: "NO_SUCH_WORD" } });
  const resolve = batched<Task, unknown>(heavy);
  const { buildSchema, graphql } = await import("graphql");
  const schema = buildSchema("type Query { word(does: String): String }");
  Object.assign(schema.getQueryType()?.getFields().word ?? {}, { resolve });
  const { errors } = await graphql({ schema, source: '{ word(does: "giveGraphQLError") }' });
  expect(errors?.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
    { message: "for the client", extensions: { code: "NO_SUCH_WORD" } },
  ]);
  expect(errors?.[0]?.originalError).toBeInstanceOf(GraphQLError);
});

test("a key that cannot be copied fails the batch, and costs no thread", async () => {
  const single = inThread<unknown, unknown>(HEAVY, { maxThreads: 1 });
  onTestFinished(() => single.close());
  const [before] = await call(single, [{ does: "tellThread" }]);
  const error = await failureOf(call(single, [{ says: () => "cat" }]));
  expect([error.message, (error.cause as Error).name]).toEqual([
    `${NAME}: a key cannot be copied to another thread`,
    "DataCloneError",
  ]);
  const { threadId, calls } = before as { threadId: number; calls: number };
  expect(await call(single, [{ does: "tellThread" }])).toEqual([{ threadId, calls: calls + 1 }]);
});

test("a value that cannot be copied fails its key alone, and costs no thread", async () => {
  const single = inThread<Task, unknown>(HEAVY, { maxThreads: 1 });
  onTestFinished(() => single.close());
  const keys: Task[] = [{ says: "cat" }, { does: "giveFunction" }, { does: "tellThread" }];
  const [cat, error, thread] = await call(single, keys);
  expect([cat, error]).toEqual([
    "CAT",
    new TypeError("the value of this key cannot be copied to another thread"),
  ]);
  expect(await call(single, [{ does: "tellThread" }])).toEqual([{ ...(thread as object), calls: 2 }]);
});

test.each<[InThreadOptions, string]>([
  [{ maxThreads: 0 }, "maxThreads: expected a whole number of 1 or more, but got: 0"],
  [{ maxThreads: 1.5 }, "maxThreads: expected a whole number of 1 or more, but got: 1.5"],
  [
    { idleTimeoutMs: -1 },
    "idleTimeoutMs: expected a number of milliseconds from 0 to 2147483647, but got: -1",
  ],
  [
    { resourceLimits: { maxOldGenerationSizeMb: 1 } },
    "resourceLimits.maxOldGenerationSizeMb: expected a number of megabytes, 16 or more, but got: 1",
  ],
])("%j is refused at once", (options, message) => {
  expect(() => inThread(HEAVY, options)).toThrow(
    expect.objectContaining({ name: "OptionError", code: "BATCH_BAD_OPTION", message }),
  );
});
