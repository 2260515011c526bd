// @batch on a field: whose limits win, and what is said of one that cannot be followed.

import { makeExecutableSchema } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import { expect, test } from "vitest";
import {
  BatchedFieldError,
  type BatchedOptions,
  batchDirective,
  batched,
  bindBatchedFields,
} from "../../src/index.ts";

type Key = { x: string };

const upperOf = (options: BatchedOptions<Key> = {}) =>
  batched((keys: readonly Key[]) => keys.map(({ x }) => x.toUpperCase()), options);

function schemaOf(field: string, resolver: unknown = upperOf()): GraphQLSchema {
  const typeDefs = [batchDirective, `type Query { ${field} }`];
  return makeExecutableSchema({ typeDefs, resolvers: { Query: { upper: resolver as never } } });
}

test("limits in the directive win over limits in code, and overrides over both", () => {
  const inCode = { maxBatchSize: 3, maxDelayMs: 30, concurrency: 7 };
  const field = "upper(x: String!): String! @batch(maxBatchSize: 4, maxDelayMs: 0.5)";
  const [bound] = bindBatchedFields(schemaOf(field, upperOf(inCode)), { maxBatchSize: 5 });
  expect(bound?.coordinate).toBe("Query.upper");
  expect(bound?.batcher.limits).toEqual({
    maxBatchSize: 5,
    maxBatchWeight: Infinity,
    maxDelayMs: 0.5,
    concurrency: 7,
    maxQueueSize: 10_000,
    timeoutMs: 30_000,
    abortGraceMs: 5_000,
  });
});

test("a limit that is undefined is one that was not given", () => {
  const none = { maxBatchSize: undefined } as object;
  const schema = schemaOf("upper(x: String!): String! @batch(maxBatchSize: 7)", upperOf(none));
  expect(bindBatchedFields(schema, none)[0]?.batcher.limits.maxBatchSize).toBe(7);
});

test("every limit of the directive is read", () => {
  const field =
    "upper(x: String!): String! @batch(maxBatchSize: 2, maxBatchWeight: 2.5, maxDelayMs: 3, concurrency: 4, maxQueueSize: 5, timeoutMs: 6)";
  expect(bindBatchedFields(schemaOf(field))[0]?.batcher.limits).toMatchObject({
    maxBatchSize: 2,
    maxBatchWeight: 2.5,
    maxDelayMs: 3,
    concurrency: 4,
    maxQueueSize: 5,
    timeoutMs: 6,
  });
});

test("an argument that is null is one that was not given", () => {
  const [bound] = bindBatchedFields(schemaOf("upper(x: String!): String! @batch(maxBatchSize: null)"));
  expect(bound?.batcher.limits.maxBatchSize).toBe(32);
});

test("the limits hold without bindBatchedFields: they are read at the first request", async () => {
  const schema = schemaOf("upper(x: String!): String! @batch(maxBatchSize: 7)");
  const { graphql } = await import("graphql");
  expect(await graphql({ schema, source: '{ upper(x: "cat") }' })).toEqual({ data: { upper: "CAT" } });
  expect(bindBatchedFields(schema)[0]?.batcher.stats().totals.answered).toBe(1);
  expect(bindBatchedFields(schema)[0]?.batcher.limits.maxBatchSize).toBe(7);
});

test.each([
  ["@batch(maxBatchSize: 0)", "maxBatchSize: expected a whole number of 1 or more, but got: 0"],
  ["@batch(maxBatchSize: -1)", "maxBatchSize: expected a whole number of 1 or more, but got: -1"],
  ["@batch(maxBatchSize: 1.5)", "maxBatchSize: expected a whole number of 1 or more, but got: 1.5"],
  ['@batch(maxBatchSize: "abc")', 'maxBatchSize: expected a whole number of 1 or more, but got: "abc"'],
  ["@batch(concurrency: 0)", "concurrency: expected a whole number of 1 or more, but got: 0"],
  ["@batch(maxQueueSize: [1])", "maxQueueSize: expected a whole number of 1 or more, but got: an array"],
  [
    "@batch(maxDelayMs: -0.1)",
    "maxDelayMs: expected a number of milliseconds from 0 to 2147483647, but got: -0.1",
  ],
  ["@batch(timeoutMs: 0)", "timeoutMs: expected a number of milliseconds from 1 to 2147483647, but got: 0"],
  [
    "@batch(timeoutMs: 1e10)",
    "timeoutMs: expected a number of milliseconds from 1 to 2147483647, but got: 10000000000",
  ],
])("a limit that cannot be used names its field: %s", (directive, message) => {
  const schema = schemaOf(`upper(x: String!): String! ${directive}`);
  expect(() => bindBatchedFields(schema)).toThrow(new BatchedFieldError(`Query.upper: ${message}`));
});

test("@batch on a field whose resolver is not batched names the field", () => {
  const schema = schemaOf("upper(x: String!): String! @batch", () => "CAT");
  expect(() => bindBatchedFields(schema)).toThrow(
    "Query.upper: @batch needs a resolver made by batched(), but this field has another, or none",
  );
});

test("@batch on a field of an interface names the field", () => {
  const typeDefs = [
    batchDirective,
    "interface Named { name: String @batch } type Cat implements Named { name: String } type Query { cat: Cat }",
  ];
  expect(() => bindBatchedFields(makeExecutableSchema({ typeDefs }))).toThrow(
    "Named.name: @batch belongs on the fields of object types, but this is a field of an interface",
  );
});
