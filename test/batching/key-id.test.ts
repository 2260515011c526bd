// canonicalKeyId: two keys have the same id when, and only when, they are the same key.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalKeyId } from "../../src/batching/index.ts";

describe("values of different kinds are never equal", () => {
  const values: readonly unknown[] = [
    ...[0, -0, 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ...["", "0", "-0", "1", "NaN", "null", "undefined", "true", "1n", "[]", "{}", '"', "date 0", "[1,]"],
    ...[0n, 1n, -1n, true, false, null, undefined],
    ...[new Date(0), new Date(1), new Date(0).toISOString(), new Date(Number.NaN)],
    ...[
      [],
      [[]],
      [1],
      ["1"],
      [1, 2],
      ["1,2"],
      [null],
      [undefined],
      ["1", "2"],
      ['1","2'],
      [[1], 2],
      [[1, 2]],
    ],
    ...[
      {},
      { a: 1 },
      { a: "1" },
      { a: undefined },
      { a: null },
      { b: 1 },
      { a: 1, b: 2 },
      { a: { b: 1 } },
      { 0: 1 },
    ],
    ...[{ 'a":1,"b': 2 }, { a: [1] }, [{ a: 1 }], { a: {} }, { a: [] }],
  ];

  test("each of many that look alike has an id of its own", () => {
    const ids = values.map(canonicalKeyId);
    expect(ids.every((id) => id !== undefined)).toBe(true);
    expect(new Set(ids).size).toBe(values.length);
  });
});

describe("the same key has the same id", () => {
  test("whatever the order of an object's fields", () => {
    expect(canonicalKeyId({ b: { d: 1, c: 2 }, a: 3 })).toBe(canonicalKeyId({ a: 3, b: { c: 2, d: 1 } }));
  });

  test("NaN is the same as NaN, and a date as a date of the same time", () => {
    expect(canonicalKeyId(Number.NaN)).toBe(canonicalKeyId(Number.NaN));
    expect(canonicalKeyId(new Date(5))).toBe(canonicalKeyId(new Date(5)));
  });

  test("an object without a prototype, as GraphQL's arguments are, is the same as a plain one", () => {
    const bare = Object.assign(Object.create(null), { x: "cat" });
    expect(canonicalKeyId(bare)).toBe(canonicalKeyId({ x: "cat" }));
  });
});

describe("a key that has no canonical form is equal to no other", () => {
  class Point {
    x = 1;
  }
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const circularList: unknown[] = [];
  circularList.push(circularList);
  const keys: readonly [string, unknown][] = [
    ["a symbol", Symbol("s")],
    ["a function", () => 1],
    ["an instance of a class", new Point()],
    ["a Map", new Map([[1, 2]])],
    ["a Set", new Set([1])],
    ["a Uint8Array", new Uint8Array(2)],
    ["a RegExp", /x/],
    ["an Error", new Error("x")],
    ["a boxed string", Object("x")],
    ["an object with a symbol for a field", { [Symbol("s")]: 1 }],
    ["a circular object", circular],
    ["a circular list", circularList],
  ];

  test.each(keys)("%s", (_, key) => {
    expect(canonicalKeyId(key)).toBeUndefined();
    expect(canonicalKeyId([key])).toBeUndefined();
    expect(canonicalKeyId({ a: 1, key })).toBeUndefined();
  });

  test("a key nested more than 100 deep, but not one of 100", () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(canonicalKeyId(nested(100))).toBeDefined();
    expect(canonicalKeyId(nested(101))).toBeUndefined();
  });
});

describe("for keys of any shape", () => {
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(0, -0, 1, "1", 1n, "", null, undefined, true, "true", Number.NaN, "NaN", "null"),
    fc.double(),
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.bigInt(),
    fc.date(),
  );
  const { key } = fc.letrec<{ key: unknown }>((tie) => ({
    key: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie("key"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", '"', "a:1"), tie("key"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));

  test("two ids are equal if, and only if, the keys are deeply and strictly equal", () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        expect(canonicalKeyId(one) === canonicalKeyId(other)).toBe(isDeepStrictEqual(one, other));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a copy has the id of its original, even with its fields in reverse", () => {
    fc.assert(
      fc.property(key, (original) => {
        expect(canonicalKeyId(reversedCopy(original))).toBe(canonicalKeyId(original));
      }),
      { numRuns: 500 },
    );
  });
});

function reversedCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedCopy);
  if (value instanceof Date) return new Date(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, reversedCopy(field)]),
  );
}

test("lists of a class of their own, and dates of one, are equal to no other", () => {
  class Tagged extends Array<number> {}
  class Deadline extends Date {}
  expect(canonicalKeyId(Tagged.of(1))).toBeUndefined();
  expect(canonicalKeyId(new Deadline(0))).toBeUndefined();
});

test("a key that names one list again and again has no id of exponential length", () => {
  let key: readonly unknown[] = ["leaf"];
  for (let level = 0; level < 60; level += 1) key = [key, key];
  expect(canonicalKeyId(key)).toBeUndefined();
  expect(canonicalKeyId("x".repeat(20_000))).toBeUndefined();
});
