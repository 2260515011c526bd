// Where no SDK is set up, there are no traces, and nothing is done for them.

import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { graphql } from "graphql";
import { expect, test } from "vitest";
import { originOf } from "../../src/graphql/batch-watch.ts";
import { batched } from "../../src/index.ts";
import { schemaOf } from "../support/schema-of.ts";

test("a load says nothing of itself, and a batch runs in no span", async () => {
  const seen: unknown[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    seen.push(context.active() === ROOT_CONTEXT, trace.getActiveSpan());
    return keys.map(({ x }) => x.toUpperCase());
  });
  const schema = schemaOf("type Query { upper(x: String!): String }", { Query: { upper } });
  expect(originOf({})).toBeUndefined();
  expect(await graphql({ schema, source: '{ upper(x: "a") }' })).toEqual({ data: { upper: "A" } });
  expect(seen).toEqual([true, undefined]);
});
