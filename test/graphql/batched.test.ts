// batched() as a plain resolver: in graphql-js itself, without any server.

import { AsyncLocalStorage } from "node:async_hooks";
import { GraphQLError, graphql } from "graphql";
import { describe, expect, test, vi } from "vitest";
import { batched, bindBatchedFields, PARTITION } from "../../src/index.ts";
import { schemaOf } from "../support/schema-of.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const UPPER = "type Query { upper(x: String!): String }";

test("the key is the field's arguments, as they are", async () => {
  const calls: unknown[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    calls.push(keys.map((key) => ({ ...key })));
    return keys.map(({ x }) => x.toUpperCase());
  });
  const schema = schemaOf(UPPER, { Query: { upper } });
  const result = await graphql({ schema, source: '{ a: upper(x: "cat") b: upper(x: "dog") }' });
  expect(result).toEqual({ data: { a: "CAT", b: "DOG" } });
  expect(calls).toEqual([[{ x: "cat" }, { x: "dog" }]]);
});

test("a key may be made of the parent, the context and the arguments", async () => {
  interface User {
    readonly id: number;
  }
  const calls: (readonly string[])[] = [];
  const score = batched(
    (keys: readonly string[]) => {
      calls.push(keys);
      return keys.map((key) => key.length);
    },
    {
      key: (user: User, args: { of: string }, context: { model: string }) =>
        `${context.model}/${user.id}/${args.of}`,
    },
  );
  const sdl = "type Query { users: [User!]! } type User { score(of: String!): Int }";
  const schema = schemaOf(sdl, { Query: { users: () => [{ id: 1 }, { id: 22 }] }, User: { score } });
  const contextValue = { model: "m" };
  const result = await graphql({ schema, source: '{ users { score(of: "x") } }', contextValue });
  expect(result).toEqual({ data: { users: [{ score: 5 }, { score: 6 }] } });
  expect(calls).toEqual([["m/1/x", "m/22/x"]]);
});

test("one resolver on two fields is two batchers", async () => {
  const calls: number[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    calls.push(keys.length);
    return keys.map(({ x }) => x.toUpperCase());
  });
  const sdl = "type Query { first(x: String!): String second(x: String!): String }";
  const schema = schemaOf(sdl, { Query: { first: upper, second: upper } });
  const result = await graphql({ schema, source: '{ first(x: "a") second(x: "b") }' });
  expect(result).toEqual({ data: { first: "A", second: "B" } });
  expect(calls).toEqual([1, 1]);
  const fields = bindBatchedFields(schema);
  expect(fields.map(({ coordinate }) => coordinate)).toEqual(["Query.first", "Query.second"]);
  expect(fields.map(({ batcher }) => batcher.stats().totals.answered)).toEqual([1, 1]);
});

test("two schemas of one resolver have nothing to do with each other", async () => {
  const calls: number[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    calls.push(keys.length);
    return keys.map(({ x }) => x.toUpperCase());
  });
  const [one, other] = [schemaOf(UPPER, { Query: { upper } }), schemaOf(UPPER, { Query: { upper } })];
  const [ofOne] = bindBatchedFields(one, { maxBatchSize: 5 });
  const [ofOther] = bindBatchedFields(other, { maxBatchSize: 6 });
  expect([ofOne?.batcher.limits.maxBatchSize, ofOther?.batcher.limits.maxBatchSize]).toEqual([5, 6]);
  await ofOne?.batcher.drain();
  expect(await graphql({ schema: other, source: '{ upper(x: "a") }' })).toEqual({ data: { upper: "A" } });
});

test("a schema whose batchers were drained is served by new ones when it is bound again", async () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  const schema = schemaOf(UPPER, { Query: { upper } });
  const [first] = bindBatchedFields(schema);
  expect(bindBatchedFields(schema)[0]?.batcher).toBe(first?.batcher);
  await first?.batcher.drain();
  expect((await graphql({ schema, source: '{ upper(x: "a") }' })).errors?.[0]?.extensions.code).toBe(
    "BATCH_SHUTTING_DOWN",
  );
  bindBatchedFields(schema);
  expect(await graphql({ schema, source: '{ upper(x: "a") }' })).toEqual({ data: { upper: "A" } });
});

test("a schema that is served already is not given other limits in passing", () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x));
  const schema = schemaOf(UPPER, { Query: { upper } });
  bindBatchedFields(schema);
  expect(() => bindBatchedFields(schema, { maxBatchSize: 5 })).toThrow(
    "Query.upper: it is served already, with maxBatchSize 32 and not 5",
  );
});

test("the batch function runs in no request's context, and every request goes on in its own", async () => {
  const request = new AsyncLocalStorage<string>();
  const seenByBatch: unknown[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    seenByBatch.push(request.getStore());
    return keys.map(({ x }) => x.toUpperCase());
  });
  const schema = schemaOf(UPPER, { Query: { upper } });
  const ask = (name: string) =>
    request.run(name, async () => {
      await graphql({ schema, source: `{ upper(x: "${name}") }` });
      return request.getStore();
    });
  expect(await Promise.all([ask("one"), ask("two")])).toEqual(["one", "two"]);
  expect(seenByBatch).toEqual([undefined]);
});

describe("a caller that leaves", () => {
  const hold = () => {
    const calls: (readonly unknown[])[] = [];
    const batchFunction = (keys: readonly { x: string }[]) => {
      calls.push(keys.map(({ x }) => x));
      return keys.map(({ x }) => x.toUpperCase());
    };
    return { calls, batchFunction };
  };

  test("is found by context.request.signal, as Yoga has it", async () => {
    const { calls, batchFunction } = hold();
    const upper = batched(batchFunction, { maxBatchSize: 2, maxDelayMs: 5_000 });
    const schema = schemaOf(UPPER, { Query: { upper } });
    const gone = new AbortController();
    const contextValue = { request: { signal: gone.signal } };
    const left = graphql({ schema, source: '{ upper(x: "gone") }', contextValue });
    gone.abort();
    expect((await left).errors?.[0]?.extensions).toEqual({ code: "BATCH_CALLER_LEFT" });
    await graphql({ schema, source: '{ a: upper(x: "a") b: upper(x: "b") }' });
    expect(calls).toEqual([["a", "b"]]);
  });

  test("is found by the option `signal` in other hosts", async () => {
    const { calls, batchFunction } = hold();
    const signal = (context: { hangsUp: AbortSignal }) => context.hangsUp;
    const upper = batched(batchFunction, { maxBatchSize: 2, maxDelayMs: 5_000, signal });
    const schema = schemaOf(UPPER, { Query: { upper } });
    const gone = new AbortController();
    const left = graphql({ schema, source: '{ upper(x: "gone") }', contextValue: { hangsUp: gone.signal } });
    gone.abort();
    expect((await left).data).toEqual({ upper: null });
    const hangsUp = new AbortController().signal;
    await graphql({ schema, source: '{ a: upper(x: "a") b: upper(x: "b") }', contextValue: { hangsUp } });
    expect(calls).toEqual([["a", "b"]]);
  });
});

test("a keyId that throws is the host's to mask: it is no failure of the batch function", async () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x), {
    keyId: () => {
      throw new Error("no id");
    },
  });
  const { errors } = await graphql({
    schema: schemaOf(UPPER, { Query: { upper } }),
    source: '{ upper(x: "a") }',
  });
  expect(errors?.[0]?.originalError).toMatchObject({
    message: "keyId: expected a string for every key, but got: an error",
    cause: new Error("no id"),
  });
});

test("what the batch function threw is the cause of the error that the host gets", async () => {
  const broken = new Error("broken");
  const upper = batched((keys: readonly { x: string }[]) =>
    keys.map(({ x }) => (x === "key" ? broken : Promise.reject(broken))),
  );
  const schema = schemaOf(UPPER, { Query: { upper } });
  const { errors } = await graphql({ schema, source: '{ a: upper(x: "key") b: upper(x: "promise") }' });
  expect(errors?.map(({ originalError }) => originalError?.cause)).toEqual([broken, broken]);
});

test("a GraphQLError of another copy of graphql keeps its message and extensions too", async () => {
  class GraphQLErrorOfAnotherCopy extends Error {
    override readonly name = "GraphQLError";
    readonly extensions = { code: "SOLD_OUT" };
  }
  const upper = batched(() => [new GraphQLErrorOfAnotherCopy("sold out")]);
  const { errors } = await graphql({
    schema: schemaOf(UPPER, { Query: { upper } }),
    source: '{ upper(x: "a") }',
  });
  expect(errors).toMatchObject([{ message: "sold out", extensions: { code: "SOLD_OUT" } }]);
  expect(errors?.[0]?.originalError).toBeInstanceOf(GraphQLError);
});

test("a host whose context has something else where Yoga has a signal is fine", async () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  const schema = schemaOf(UPPER, { Query: { upper } });
  for (const contextValue of [undefined, null, 5, { request: null }, { request: { signal: "none" } }]) {
    expect(await graphql({ schema, source: '{ upper(x: "a") }', contextValue })).toEqual({
      data: { upper: "A" },
    });
  }
});

describe("partitionBy", () => {
  const echo = (keys: readonly { x: string }[], { partition }: { partition: string }) =>
    keys.map(({ x }) => `${partition}/${x}/${keys.length}`);
  const source = '{ upper(x: "cat") }';

  test("keeps the keys of different partitions in different batches, equal ones too", async () => {
    const partitionBy = (context: { tenant: string }) => context.tenant;
    const schema = schemaOf(UPPER, { Query: { upper: batched(echo, { partitionBy }) } });
    const ask = (tenant: string) => graphql({ schema, source, contextValue: { tenant } });
    const answers = await Promise.all([ask("red"), ask("blue"), ask("red")]);
    expect(answers.map(({ data }) => data?.upper)).toEqual(["red/cat/1", "blue/cat/1", "red/cat/1"]);
  });

  test("may look at the arguments, as for a model", async () => {
    const upper = batched((keys: readonly { x: string }[], context) => echo(keys, context), {
      partitionBy: (_context, { x }: { x: string }) => x.slice(0, 1),
    });
    const schema = schemaOf(UPPER, { Query: { upper } });
    const result = await graphql({
      schema,
      source: '{ a: upper(x: "cat") b: upper(x: "cow") c: upper(x: "dog") }',
    });
    expect(result.data).toEqual({ a: "c/cat/2", b: "c/cow/2", c: "d/dog/1" });
  });

  test("is what the server has put into the context, by default", async () => {
    const schema = schemaOf(UPPER, { Query: { upper: batched(echo) } });
    const ask = (contextValue: unknown) => graphql({ schema, source, contextValue });
    const contexts = [{ [PARTITION]: "red" }, { [PARTITION]: 7 }, {}, undefined];
    const answers = await Promise.all(contexts.map(ask));
    expect(answers.map(({ data }) => data?.upper)).toEqual(["red/cat/1", "/cat/1", "/cat/1", "/cat/1"]);
  });

  test("does not undo the one of the request: tenants stay apart, whatever a field partitions by", async () => {
    const partitionBy = (_context: unknown, { x }: { x: string }) => (x === "none" ? "" : "model");
    const schema = schemaOf(UPPER, { Query: { upper: batched(echo, { partitionBy }) } });
    const ask = (tenant: string, x: string) =>
      graphql({ schema, source: `{ upper(x: "${x}") }`, contextValue: { [PARTITION]: tenant } });
    const answers = await Promise.all([
      ask("red", "cat"),
      ask("blue", "cat"),
      ask("red", "none"),
      ask("", "cat"),
    ]);
    expect(answers.map(({ data }) => data?.upper)).toEqual([
      '["red","model"]/cat/1',
      '["blue","model"]/cat/1',
      "red/none/1",
      "model/cat/1",
    ]);
  });

  test("who has no partition shares none by mistake", async () => {
    const partitionBy = (context: { tenant?: string }) => context.tenant as string;
    const schema = schemaOf(UPPER, { Query: { upper: batched(echo, { partitionBy }) } });
    const { errors } = await graphql({ schema, source, contextValue: {} });
    expect(errors?.[0]?.message).toBe("partitionBy: expected a string, but got: undefined");
  });

  test("one that is a promise fails that caller alone, also when it rejects", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const refuse = () => Promise.reject(new Error("async")) as never;
    for (const options of [{ partitionBy: refuse }, { signal: refuse }]) {
      const schema = schemaOf(UPPER, { Query: { upper: batched(echo, options) } });
      const { errors } = await graphql({ schema, source });
      expect(errors).toHaveLength(1);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("a partition that is no string fails that caller alone", async () => {
    const partitionBy = (context: { tenant?: string }) => context.tenant?.toString() ?? (7 as never);
    const schema = schemaOf(UPPER, { Query: { upper: batched(echo, { partitionBy }) } });
    const answers = await Promise.all(
      [{ tenant: "red" }, {}].map((contextValue) => graphql({ schema, source, contextValue })),
    );
    expect(answers[0]?.data).toEqual({ upper: "red/cat/1" });
    expect(answers[1]?.errors?.[0]?.message).toBe("partitionBy: expected a string, but got: 7");
  });
});

test("maxDelayMsBy makes the batch of who is in a hurry leave sooner", async () => {
  const clock = new VirtualClock();
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x), {
    clock,
    maxDelayMs: 1_000,
    maxDelayMsBy: (context: { isPaying: boolean }) => (context.isPaying ? 5 : undefined),
  });
  const schema = schemaOf(UPPER, { Query: { upper } });
  const answered: string[] = [];
  const ask = async (x: string, isPaying: boolean): Promise<void> => {
    await graphql({ schema, source: `{ upper(x: "${x}") }`, contextValue: { isPaying } });
    answered.push(x);
  };
  const all = Promise.all([ask("patient", false), ask("paying", true)]);
  await clock.advance(4.9);
  expect(answered).toEqual([]);
  await clock.advance(0.1);
  await all;
  expect(answered).toHaveLength(2);
});

test("a field whose limits were changed since may be bound again with those that it was made with", () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x));
  const schema = schemaOf(UPPER, { Query: { upper } });
  const [first] = bindBatchedFields(schema, { maxDelayMs: 3 });
  first?.batcher.configure({ maxDelayMs: 7 });
  const [second] = bindBatchedFields(schema, { maxDelayMs: 3 });
  expect(second?.batcher).toBe(first?.batcher);
  expect(second?.batcher.limits.maxDelayMs).toBe(7);
});

describe("a batch that fails", () => {
  const sdl = `type Query { find(x: String!): String other: Other } type Other { find(x: String!): String }
    type Mutation { find(x: String!): String }`;

  async function callsFor(operation: string): Promise<number> {
    let calls = 0;
    const find = batched((keys: readonly { x: string }[]) => {
      calls += 1;
      if (keys.some(({ x }) => x === "bad")) throw new Error("bad");
      return keys.map(({ x }) => x);
    });
    const schema = schemaOf(sdl, {
      Query: { find, other: () => ({}) },
      Other: { find },
      Mutation: { find },
    });
    const ask = (x: string) => graphql({ schema, source: operation.replace("$x", `"${x}"`) });
    const answers = await Promise.all(["good", "bad", "fine"].map(ask));
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code);
    expect(codes[1]).toBe("BATCH_FAILED");
    expect(codes[0]).toBe(calls === 1 ? "BATCH_FAILED" : undefined);
    return calls;
  }

  test("is isolated for fields of Query, and of types that it leads to", async () => {
    expect(await callsFor("{ find(x: $x) }")).toBe(5);
    expect(await callsFor("{ other { find(x: $x) } }")).toBe(5);
  });

  test("is not run again for fields of Mutation", async () => {
    expect(await callsFor("mutation { find(x: $x) }")).toBe(1);
  });
});

test("a field of Mutation is given no cache", () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x), {
    cache: { maxEntries: 1, ttlMs: 1 },
  });
  const schema = schemaOf(`${UPPER} type Mutation { upper(x: String!): String }`, { Mutation: { upper } });
  expect(() => bindBatchedFields(schema)).toThrow(
    "Mutation.upper: cache: expected none for a field of Mutation",
  );
});

test("a key that is too heavy is an error of its own caller, with its code", async () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x), {
    weigh: ({ x }) => x.length,
    maxBatchWeight: 5,
  });
  const schema = schemaOf(UPPER, { Query: { upper } });
  const result = await graphql({ schema, source: '{ a: upper(x: "long word") b: upper(x: "word") }' });
  expect(result.data).toEqual({ a: null, b: "word" });
  expect(result.errors?.map(({ extensions }) => extensions.code)).toEqual(["BATCH_KEY_TOO_HEAVY"]);
});

test("the types of key, arguments and value are those of the batch function", () => {
  type Resolver<Source, Args, V> = (
    source: Source,
    args: Args,
    context: { user: string },
    info: never,
  ) => Promise<V>;
  const lengths = (keys: readonly { x: string }[]) => keys.map(({ x }) => x.length);
  const fits: Resolver<unknown, { x: string }, number> = batched(lengths);
  // @ts-expect-error: its arguments are no key of this batch function.
  const hasOtherArguments: Resolver<unknown, { y: number }, number> = batched(lengths);
  // @ts-expect-error: its values are no strings.
  const hasOtherValues: Resolver<unknown, { x: string }, string> = batched(lengths);
  const ofParent: Resolver<{ id: number }, { of: string }, number> = batched(
    (ids: readonly number[]) => ids,
    { key: (parent: { id: number }) => parent.id },
  );
  expect(
    [fits, hasOtherArguments, hasOtherValues, ofParent].every((resolver) => resolver instanceof Function),
  ).toBe(true);
});

test("an option that cannot be used stops the program where it is written", () => {
  const identity = (keys: readonly string[]) => keys;
  expect(() => batched(identity, { maxBatchSize: 0 })).toThrow(
    "maxBatchSize: expected a whole number of 1 or more, but got: 0",
  );
  expect(() => batched(identity, { key: "x" as never })).toThrow('key: expected a function, but got: "x"');
  expect(() => batched(identity, { signal: 5 as never })).toThrow("signal: expected a function, but got: 5");
  expect(() => batched(identity, null as never)).toThrow("options: expected an object, but got: null");
  expect(() => batched("upper" as never)).toThrow('batchFunction: expected a function, but got: "upper"');
});

test("a key may be a promise, and one that rejects is an error of its own field", async () => {
  const upper = batched((keys: readonly string[]) => keys.map((key) => key.toUpperCase()), {
    key: async (_: unknown, { x }: { x: string }) => {
      if (x === "bad") throw new Error("no key");
      return x;
    },
  });
  const schema = schemaOf(UPPER, { Query: { upper } });
  const { data, errors } = await graphql({ schema, source: '{ a: upper(x: "a") b: upper(x: "bad") }' });
  expect(data).toEqual({ a: "A", b: null });
  expect(errors).toMatchObject([{ message: "no key", path: ["b"] }]);
});
