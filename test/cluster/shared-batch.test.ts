// What holds within one process holds across the broker: values, errors, equal keys, partitions, callers that leave.

import { GraphQLError } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { BatchError } from "../../src/index.ts";
import { newBrokerURL } from "../support/new-broker-url.ts";
import { newField, newGateway, newWorker } from "../support/shared-fields.ts";

let url: string;
beforeAll(async () => {
  url = await newBrokerURL();
});

const VALUES: readonly unknown[] = [
  "text",
  "",
  0,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  true,
  null,
  12n ** 30n,
  new Date("2026-11-23T12:00:00.000Z"),
  new Uint8Array([0, 1, 255]),
  [1, [new Date(0)], { a: 2n }],
  { $date: "no Date" },
  { $undefined: 1 },
  { nested: { when: new Date(1), list: [] } },
  JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'),
];

test("values come back as they were given, and so do keys arrive", async () => {
  const field = newField();
  const arrived: unknown[] = [];
  const compute = (keys: readonly { readonly index: number; readonly is: unknown }[]): unknown[] => {
    for (const { index, is } of keys) arrived[index] = is;
    return keys.map(({ index }) => VALUES[index]);
  };
  await newWorker(field, compute, { url });
  const { batcher } = newGateway<unknown, unknown>(field, { url });
  const values = await Promise.all(VALUES.map((is, index) => batcher.load({ index, is })));
  expect(values).toStrictEqual(VALUES);
  expect(arrived).toStrictEqual(VALUES);
});

test("an Error reaches the callers of its key alone, with its name, and a GraphQLError with its extensions", async () => {
  const field = newField();
  const errors: Readonly<Record<string, Error>> = {
    type: new TypeError("no cat"),
    graphql: new GraphQLError("sold out", { extensions: { code: "SOLD_OUT", until: new Date(0) } }),
  };
  await newWorker(field, (keys: readonly string[]) => keys.map((key) => errors[key] ?? key), { url });
  const { batcher } = newGateway<string, string>(field, { url });
  const [type, graphql, fine] = await Promise.allSettled(
    ["type", "graphql", "fine"].map((key) => batcher.load(key)),
  );
  expect(type).toMatchObject({ reason: { name: "TypeError", message: "no cat" } });
  expect(graphql).toMatchObject({
    reason: {
      name: "GraphQLError",
      message: "sold out",
      extensions: { code: "SOLD_OUT", until: new Date(0) },
    },
  });
  expect(fine).toEqual({ status: "fulfilled", value: "fine" });
});

test("a call that fails as a whole says so by its code, and nothing of what it said", async () => {
  const field = newField();
  const fail = (): never => {
    throw new Error("password: cat");
  };
  await newWorker(field, fail, { url });
  const { batcher } = newGateway<string, string>(field, { url });
  const error: BatchError = (await batcher.load("a").catch((reason: BatchError) => reason)) as BatchError;
  expect(error).toMatchObject({ name: "BatchError", code: "BATCH_FAILED" });
  expect(error.message).not.toContain("cat");
});

test("a key or a value that JSON cannot hold fails alone", async () => {
  const field = newField();
  await newWorker(field, (keys: readonly unknown[]) => keys.map((key) => (key === "map" ? new Map() : key)), {
    url,
  });
  const { batcher } = newGateway<unknown, unknown>(field, { url });
  const [key, value, fine] = await Promise.allSettled([
    batcher.load(() => {}),
    batcher.load("map"),
    batcher.load("fine"),
  ]);
  const expected = "expected what JSON can hold (or a Date, a bigint, bytes), but got:";
  expect(String((key as PromiseRejectedResult).reason)).toContain(`key: ${expected}`);
  expect(String((value as PromiseRejectedResult).reason)).toContain(`value: ${expected}`);
  expect(fine).toEqual({ status: "fulfilled", value: "fine" });
});

test("equal keys of two gateways are computed once, where the worker shares them", async () => {
  const field = newField();
  const batches: (readonly string[])[] = [];
  const compute = (keys: readonly string[]): string[] => {
    batches.push(keys);
    return keys.map((key) => key.toUpperCase());
  };
  const { batcher: ofWorker } = await newWorker(field, compute, {
    url,
    options: { shareEqualKeys: true, maxBatchSize: 2, maxDelayMs: 20_000 },
  });
  const [a, b] = [newGateway<string, string>(field, { url }), newGateway<string, string>(field, { url })];
  const cats = [a, b].map(({ batcher }) => batcher.load("cat"));
  await expect.poll(() => ofWorker.stats()).toMatchObject({ waitingKeys: 1, waitingCallers: 2 });
  expect(await Promise.all([...cats, a.batcher.load("dog")])).toEqual(["CAT", "CAT", "DOG"]);
  expect(batches).toEqual([["cat", "dog"]]);
});

test("keys of different partitions never share a batch", async () => {
  const field = newField();
  const batches: { readonly partition: string; readonly keys: readonly string[] }[] = [];
  await newWorker(
    field,
    (keys: readonly string[], { partition }) => {
      batches.push({ partition, keys });
      return keys;
    },
    { url, options: { maxBatchSize: 2, maxDelayMs: 20_000 } },
  );
  const [a, b] = [newGateway<string, string>(field, { url }), newGateway<string, string>(field, { url })];
  await Promise.all(
    [a, b].flatMap(({ batcher }) =>
      ["red", "blue"].map((partition) => batcher.load(`${partition} key`, { partition })),
    ),
  );
  expect(batches).toHaveLength(2);
  for (const { partition, keys } of batches) expect(keys).toEqual([`${partition} key`, `${partition} key`]);
});

test("an urgent key makes its batch leave at once, with those of other gateways", async () => {
  const field = newField();
  const sizes: number[] = [];
  const compute = (keys: readonly string[]): readonly string[] => {
    sizes.push(keys.length);
    return keys;
  };
  const { batcher: ofWorker } = await newWorker(field, compute, { url, options: { maxDelayMs: 20_000 } });
  const [a, b] = [newGateway<string, string>(field, { url }), newGateway<string, string>(field, { url })];
  const patient = a.batcher.load("patient");
  await expect.poll(() => ofWorker.stats().waitingKeys).toBe(1);
  await Promise.all([patient, b.batcher.load("urgent", { maxDelayMs: 0 })]);
  expect(sizes).toEqual([2]);
});

test("a caller that leaves harms nobody", async () => {
  const field = newField();
  const options = { maxBatchSize: 3, maxDelayMs: 20_000 };
  const { batcher: ofWorker } = await newWorker(field, (keys: readonly string[]) => keys, { url, options });
  const { batcher } = newGateway<string, string>(field, { url });
  const controller = new AbortController();
  const leaver = batcher.load("leaver", { signal: controller.signal });
  const stayer = batcher.load("stayer");
  await expect.poll(() => ofWorker.stats().waitingKeys).toBe(2);
  controller.abort(new Error("left"));
  await expect(leaver).rejects.toThrow("left");
  expect(await Promise.all([stayer, batcher.load("late")])).toEqual(["stayer", "late"]);
});

test("a quorum queue works too", async () => {
  const field = newField();
  const settings = { url, queueType: "quorum" } as const;
  await newWorker(field, (keys: readonly string[]) => keys, settings);
  const { batcher, warnings } = newGateway<string, string>(field, settings);
  const keys = Array.from({ length: 500 }, (_, index) => `key ${index}`);
  expect(await Promise.all(keys.map((key) => batcher.load(key)))).toEqual(keys);
  expect(warnings).toEqual([]);
});

test("a chunk that is too large for one message goes in parts, and a key or a value that is fails alone", async () => {
  const field = newField();
  const megabytes = (count: number): string => "x".repeat(count * 2 ** 20);
  const compute = (keys: readonly string[]): string[] =>
    keys.map((key) => (key === "large" ? megabytes(16) : key));
  await newWorker(field, compute, { url });
  const { batcher } = newGateway<string, string>(field, { url });
  const six = Array.from({ length: 6 }, (_, index) => `${index}${megabytes(6)}`);
  const loads = [...six, "small", "large", megabytes(16)].map((key) => batcher.load(key));
  const results = await Promise.allSettled(loads);
  expect(results.slice(0, 6).map((result) => (result as { value?: string }).value?.[0])).toEqual([
    ..."012345",
  ]);
  expect(results[6]).toEqual({ status: "fulfilled", value: "small" });
  for (const [result, what] of [
    [results[7], "value"],
    [results[8], "key"],
  ] as const) {
    expect(String((result as PromiseRejectedResult).reason)).toMatch(
      new RegExp(
        `${what}: expected at most 15728640 bytes as JSON where batches are shared, but got: 1677\\d+`,
      ),
    );
  }
});

test("errors that are not as they should be harm nobody else", async () => {
  const field = newField();
  const odd: Readonly<Record<string, unknown>> = {
    message: Object.assign(new Error(), { message: 12n }),
    name: Object.defineProperty(new Error("m"), "name", {
      get: () => {
        throw new Error("no name");
      },
    }),
    extensions: Object.assign(new Error("m"), { name: "GraphQLError", extensions: null }),
    retry: new BatchError("BATCH_QUEUE_FULL", "full", { retryAfterSeconds: Number.NaN }),
  };
  await newWorker(field, (keys: readonly string[]) => keys.map((key) => (odd[key] ?? key) as string), {
    url,
  });
  const { batcher } = newGateway<string, string>(field, { url });
  const results = await Promise.allSettled([...Object.keys(odd), "even"].map((key) => batcher.load(key)));
  expect(results.map(({ status }) => status)).toEqual([
    ...Object.keys(odd).map(() => "rejected"),
    "fulfilled",
  ]);
});
