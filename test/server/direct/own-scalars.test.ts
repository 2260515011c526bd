// Scalars of a schema's own in the place of graphql's: in a file of its own, as they are put into graphql's own objects.

import { GraphQLError, GraphQLScalarType } from "graphql";
import { expect, test } from "vitest";
import { serveBothWays } from "../../support/both-ways.ts";

test("a schema with scalars of its own in the place of graphql's", async () => {
  const own = (name: string): GraphQLScalarType =>
    new GraphQLScalarType({
      name,
      parseValue(value) {
        if (value === "bad") throw new GraphQLError(`No ${name}`, { extensions: { code: "MINE" } });
        return `own ${name} of ${JSON.stringify(value)}`;
      },
      serialize: (value) => ({ own: String(value) }),
    });
  const names = ["String", "Int", "Float", "ID", "Boolean"];
  const fields = names.map((name) => `${name.toLowerCase()}(x: ${name}): ${name}`);
  await using ways = await serveBothWays(`type Query { ${fields.join(" ")} }`, (see) => ({
    ...Object.fromEntries(names.map((name) => [name, own(name)])),
    Query: Object.fromEntries(
      names.map((name) => [name.toLowerCase(), see((_: unknown, { x }: { readonly x: unknown }) => x)]),
    ),
  }));
  for (const name of names) {
    for (const x of ["text", "bad", 5, 1.5, true, null, [1], { a: 1 }]) {
      const query = `query ($x: ${name}) { ${name.toLowerCase()}(x: $x) }`;
      const answer = await ways.expectSame({
        headers: ["Content-Type: application/json"],
        body: JSON.stringify({ query, variables: { x } }),
      });
      if (x !== "bad" && x !== null) expect(answer).toContain(`own ${name} of`);
    }
  }
});
