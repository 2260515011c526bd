// A map of resolvers changes graphql's own scalars in place: in a file of its own, as they stay so.

import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { serve } from "../support/serve.ts";

test("what a changed scalar of graphql's refuses is said once, as of any other", async () => {
  const coerceInputValue = (value: unknown): unknown => {
    if (value === 13) throw new GraphQLError("Not that one");
    return value;
  };
  await using server = await serve("type Query { double(x: Int!): Int }", {
    Int: { coerceInputValue },
    Query: { double: (_: unknown, { x }: { readonly x: number }) => 2 * x },
  });
  const query = "query ($x: Int!, $y: Int!) { a: double(x: $x) b: double(x: $y) }";
  const ask = async (variables: object): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  // Through Yoga, then the short way.
  for (const way of ["yoga", "direct"]) {
    expect(await ask({ x: 1, y: 2 }), way).toEqual({ status: 200, body: { data: { a: 2, b: 4 } } });
    const { status, body } = await ask({ x: 13, y: 13 });
    expect(status, way).toBe(400);
    expect(body, way).toMatchObject({
      errors: [{ message: expect.stringContaining("$x"), extensions: { code: "BAD_REQUEST" } }],
    });
    expect(body, way).not.toHaveProperty("errors[1]");
  }
});
