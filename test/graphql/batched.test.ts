// batched() as a plain resolver: in graphql-js itself, without any server.

import { AsyncLocalStorage } from "node:async_hooks";
import { buildSchema, type GraphQLSchema, graphql, isObjectType } from "graphql";
import { describe, expect, test } from "vitest";
import { batched, bindBatchedFields } from "../../src/index.ts";

/** A schema whose resolvers are put on as they are, `{ Query: { upper } }`. */
function schemaOf(sdl: string, resolvers: Record<string, Record<string, unknown>>): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`no type ${typeName}`);
    for (const [name, resolver] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`no field ${name}`);
      Object.assign(field, { resolve: resolver });
    }
  }
  return schema;
}

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
  expect([...upper.batchers.keys()]).toEqual(["Query.first", "Query.second"]);
});

test("a schema that is built again shares its batches with the one before", async () => {
  const calls: number[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    calls.push(keys.length);
    return keys.map(({ x }) => x.toUpperCase());
  });
  const [before, after] = [schemaOf(UPPER, { Query: { upper } }), schemaOf(UPPER, { Query: { upper } })];
  expect(bindBatchedFields(before)[0]?.batcher).toBe(bindBatchedFields(after)[0]?.batcher);
  await Promise.all([
    graphql({ schema: before, source: '{ upper(x: "a") }' }),
    graphql({ schema: after, source: '{ upper(x: "b") }' }),
  ]);
  expect(calls).toEqual([2]);
});

test("two schemas that want other limits of one resolver are told so", () => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x));
  bindBatchedFields(schemaOf(UPPER, { Query: { upper } }));
  expect(() => bindBatchedFields(schemaOf(UPPER, { Query: { upper } }), { maxBatchSize: 5 })).toThrow(
    "Query.upper: its resolver serves a field of that name already, with maxBatchSize 32 and not 5: " +
      "give each schema a batched() of its own",
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

test("an option that cannot be used stops the program where it is written", () => {
  const identity = (keys: readonly string[]) => keys;
  expect(() => batched(identity, { maxBatchSize: 0 })).toThrow(
    "maxBatchSize: expected a whole number of 1 or more, but got: 0",
  );
  expect(() => batched(identity, { key: "x" as never })).toThrow('key: expected a function, but got: "x"');
  expect(() => batched(identity, { signal: 5 as never })).toThrow("signal: expected a function, but got: 5");
  expect(() => batched("upper" as never)).toThrow('batchFunction: expected a function, but got: "upper"');
});
