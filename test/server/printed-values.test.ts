// Values that do not fit the schema: neither the client nor the log sees them, and the log says where they are from.

import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { query } from "../support/graphql-client.ts";
import { serve } from "../support/serve.ts";

const SECRET = "sk-live-hunter2";

const TYPE_DEFS = `
  scalar Odd
  enum Color { RED }
  interface Animal { name: String }
  type Cat implements Animal { name: String }
  type User { name: String }
  type Query {
    int: Int
    color: Color
    text: String
    ofBatch(x: Int!): Int @batch(maxDelayMs: 0)
    odd: Odd
    user: User
    animal: Animal
  }
`;

const value = { name: "Zoë", password: SECRET };

const RESOLVERS = {
  Odd: { serialize: () => undefined },
  User: { __isTypeOf: () => false },
  Animal: { __resolveType: () => 7 },
  Query: {
    int: () => SECRET,
    color: () => SECRET,
    text: () => value,
    ofBatch: batched((keys: readonly { x: number }[]) => keys.map(() => SECRET)),
    odd: () => SECRET,
    user: () => value,
    animal: () => value,
  },
};

test.each([
  ["int", "Int cannot represent non-integer value"],
  ["color", 'Enum "Color" cannot represent value'],
  ["text", "String cannot represent value"],
  ["ofBatch(x: 1)", "Int cannot represent non-integer value"],
  ["odd", "Expected `Odd.serialize"],
  ["user { name }", 'Expected value of type "User"'],
  [
    "animal { name }",
    'Abstract type "Animal" must resolve to an Object type at runtime for field "Query.animal"',
  ],
])("%s: the client's error is masked, the log says what was wrong, and where", async (field, message) => {
  await using server = await serve(TYPE_DEFS, RESOLVERS);
  const { body } = await query(server.url, `{ ${field} }`);
  expect(body.errors?.map((error) => error.message)).toEqual(["Unexpected error."]);
  const [fault, ...others] = server.log.faults;
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ path: /^\w+/.exec(field)?.[0], err: { message } });
  expect(JSON.stringify([body, server.log.entries])).not.toContain(SECRET);
  expect(JSON.stringify(fault)).toMatch(/\\n\s+at /);
});

test.each([
  new GraphQLError("This plan cannot represent a negative value: choose another", {
    extensions: { code: "MINE" },
  }),
  new GraphQLError("It cannot represent this value: pick less"),
])("a GraphQLError of the user's own stays as it is: %s", async (error) => {
  await using server = await serve(
    "type Query { plain: String batch(x: Int): String @batch(maxDelayMs: 0) }",
    {
      Query: {
        plain: () => {
          throw error;
        },
        batch: batched((keys: readonly object[]): Error[] => keys.map(() => error)),
      },
    },
  );
  for (const field of ["plain", "batch"]) {
    const { body } = await query(server.url, `{ ${field} }`);
    expect(body.errors?.map(({ message }) => message)).toEqual([error.message]);
    expect(body.errors?.[0]?.extensions?.code).toBe(error.extensions.code);
  }
  expect(server.log.faults).toEqual([]);
});

test("an error of the user's own that says much the same stays as it is", async () => {
  const message = "Gauge cannot represent value: sensor 7 is off";
  const cause = new Error("broken");
  await using server = await serve("type Query { a: String }", {
    Query: {
      a: () => {
        throw Object.assign(new RangeError(message, { cause }), { code: "EGAUGE" });
      },
    },
  });
  await query(server.url, "{ a }");
  expect(server.log.faults).toMatchObject([
    { err: { type: "RangeError", message, code: "EGAUGE", cause: { message: "broken" } } },
  ]);
});
