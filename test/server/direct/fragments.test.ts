// What a resolver finds of its operation (`info`) is of no other request.

import type { GraphQLResolveInfo } from "graphql";
import { expect, test } from "vitest";
import { DirectRequest } from "../../../src/server/direct/direct-request.ts";
import { query } from "../../support/graphql-client.ts";
import { serve } from "../../support/serve.ts";

interface Context {
  readonly request: unknown;
}

test("what a resolver writes to the fragments of an operation that has none, no other request reads", async () => {
  const seen: { readonly isDirect: boolean; readonly fragments: readonly string[] }[] = [];
  const write = (_: unknown, { x }: { readonly x: string }, _context: Context, info: GraphQLResolveInfo) =>
    Reflect.set(info.fragments, x, 1);
  const read = (
    _source: unknown,
    _args: unknown,
    { request }: Context,
    { fragments }: GraphQLResolveInfo,
  ) => {
    seen.push({ isDirect: request instanceof DirectRequest, fragments: Object.keys(fragments) });
  };
  const typeDefs = "type Query { write(x: String): Boolean read(x: String): Boolean }";
  await using server = await serve(typeDefs, { Query: { write, read } });
  for (const x of ["one", "two", "three"]) {
    expect((await query(server.url, `{ write(x: "${x}") }`)).status).toBe(200);
    expect((await query(server.url, `{ read(x: "${x}") }`)).status).toBe(200);
  }
  expect(seen.map(({ isDirect }) => isDirect)).toEqual([false, true, true]);
  expect(seen.flatMap(({ fragments }) => fragments)).toEqual([]);
});
