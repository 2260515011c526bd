// What one query may ask for: its levels, aliases, directives and fields, however they are written.

import { getIntrospectionQuery, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { measure } from "../../src/server/query-limits.ts";
import { post, query } from "../support/graphql-client.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = `
  directive @mark repeatable on QUERY | VARIABLE_DEFINITION | FIELD | FRAGMENT_DEFINITION | FRAGMENT_SPREAD | INLINE_FRAGMENT
  type Query { upper(x: String = "cat"): String! @batch(maxDelayMs: 0)  self: Query! }
  type Mutation { self: Query! }
`;

function serveSelf(options: ServeOptions = {}) {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  const self = () => ({});
  return serve(TYPE_DEFS, { Query: { upper, self }, Mutation: { self } }, options);
}

const ROOMY = { tokens: 1_000_000, depth: 1_000, aliases: 1_000, directives: 1_000, fields: 1_000_000 };

/** `{ self { self { upper } } }` for 3 levels. */
function nested(levels: number): string {
  return `${"{ self ".repeat(levels - 1)}{ upper }${" }".repeat(levels - 1)}`;
}

/** A query of `count` fragments, each of which spreads the next one twice, in two fields. */
function doubling(count: number, leaf = "upper"): string {
  const fragments = Array.from(
    { length: count },
    (_, index) => `fragment F${index} on Query { self { ...F${index + 1} } self { ...F${index + 1} } }`,
  );
  return `{ ...F0 } ${fragments.join(" ")} fragment F${count} on Query { ${leaf} }`;
}

describe.each([
  ["levels of fields", { maxDepth: 3 }, nested(3), nested(4), "expected at most 3, but got 4"],
  ["aliases", { maxAliases: 2 }, "{ a: upper b: upper }", "{ a: upper b: upper c: upper }", "2, but got 3"],
  [
    "directives",
    { maxDirectives: 2 },
    "{ upper @mark @mark }",
    "{ upper @mark @mark @mark }",
    "2, but got 3",
  ],
  [
    "fields",
    { maxTokens: 30 },
    "{ ...A ...A } fragment A on Query { upper upper upper upper upper }",
    "{ ...A ...A ...A ...A } fragment A on Query { upper upper upper upper upper upper upper upper }",
    "30, but got 32",
  ],
])("too many %s", (what, options, allowed, refused, counts) => {
  test("is a 400 that says what was expected and what was given, and runs nothing", async () => {
    await using server = await serveSelf(options);
    for (const type of ["application/json", "application/graphql-response+json"]) {
      const answer = await query(server.url, refused, {}, { headers: { Accept: type } });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({
        errors: [
          {
            message: expect.stringMatching(`^The query has too many ${what}: .*${counts}$`),
            extensions: { code: "BAD_REQUEST" },
          },
        ],
      });
    }
    expect(server.fields[0]?.batcher.stats().totals.loads).toBe(0);
  });

  test("is refused each time, though queries are kept; just as many are answered, each time", async () => {
    await using server = await serveSelf(options);
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await query(server.url, refused)).status).toBe(400);
      const { status, body } = await query(server.url, allowed);
      expect([status, body.errors]).toEqual([200, undefined]);
    }
  });

  test("is refused in one operation of an array, and harms no other", async () => {
    await using server = await serveSelf(options);
    const { status, body } = await post(server.url, [{ query: refused }, { query: "{ upper }" }]);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
      { data: { upper: "CAT" } },
    ]);
  });

  test("is refused by GET too", async () => {
    await using server = await serveSelf(options);
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(refused)}`);
    await response.body?.cancel();
    expect(response.status).toBe(400);
  });
});

describe("everything counts, wherever it stands", () => {
  test.each([
    ["an operation that is not the one to run", `query A { upper } query B ${nested(5)}`, "A"],
    ["a mutation", `mutation ${nested(5)}`, undefined],
    ["a fragment", "{ self { ...A } } fragment A on Query { self { self { upper } } }", undefined],
    ["a fragment in a fragment", `{ ...A } fragment A on Query { ...B } fragment B on Query ${nested(4)}`],
    ["an inline fragment", "{ ... on Query { self { ... { self { self { upper } } } } } }", undefined],
    ["the introspection of the schema", "{ __schema { types { fields { name } } } }", undefined],
  ])("levels of %s", async (_where, text, operationName = undefined) => {
    await using server = await serveSelf({ maxDepth: 3 });
    const { status, body } = await post(server.url, { query: text, operationName });
    expect([status, body.errors?.[0]?.extensions]).toEqual([400, { code: "BAD_REQUEST" }]);
  });

  test.each([
    ["an operation", "query @mark @mark { upper }"],
    ["a variable", "query ($x: String @mark @mark) { upper(x: $x) }"],
    ["a field", "{ self { upper @mark @mark } }"],
    ["an inline fragment", "{ ... @mark @mark { upper } }"],
    ["a spread", "{ ...A @mark @mark } fragment A on Query { upper }"],
    ["a fragment", "{ ...A } fragment A on Query @mark @mark { upper }"],
    ["a fragment that is spread twice", "{ ...A ...A } fragment A on Query { upper @mark }"],
  ])("directives of %s", async (_where, text) => {
    await using server = await serveSelf({ maxDirectives: 1 });
    expect((await query(server.url, text)).body.errors?.[0]?.message).toBe(
      "The query has too many directives: expected at most 1, but got 2",
    );
  });

  test("a fragment counts wherever it is spread", async () => {
    await using server = await serveSelf({ maxAliases: 5 });
    const { body } = await query(server.url, doubling(3, "a: upper"));
    expect(body.errors?.[0]?.message).toBe("The query has too many aliases: expected at most 5, but got 8");
  });

  test("an unknown fragment is left to graphql, which says more about it", async () => {
    await using server = await serveSelf();
    expect((await query(server.url, "{ ...A }")).body.errors?.[0]?.message).toBe('Unknown fragment "A".');
  });
});

describe("by default", () => {
  test("the whole schema can be asked for, as GraphiQL does", async () => {
    await using server = await serveSelf();
    const { status, body } = await query(server.url, getIntrospectionQuery());
    expect([status, body.errors]).toEqual([200, undefined]);
  });

  test("one request may bring 1,000 keys by aliases", async () => {
    await using server = await serveSelf();
    const aliases = Array.from({ length: 1_000 }, (_, index) => `a${index}: upper(x: "${index}")`);
    const { body } = await query(server.url, `{ ${aliases.join(" ")} }`);
    expect(body.data?.a999).toBe("999");
  });

  test.each([
    ["21 levels", nested(21), "levels of fields: expected at most 20, but got 21"],
    ["101 directives", `{ upper ${"@mark ".repeat(101)} }`, "directives: expected at most 100, but got 101"],
    [
      "2,001 aliases",
      `{ ${"...A ".repeat(3)} } fragment A on Query { ${Array.from({ length: 667 }, (_, index) => `a${index}: upper`).join(" ")} }`,
      "aliases: expected at most 2000, but got 2001",
    ],
    ["fragments that are spread 16,384 times", doubling(14), "fields: expected at most 10000, but got 49150"],
  ])("%s are refused", async (_what, text, expected) => {
    await using server = await serveSelf();
    const { status, body } = await query(server.url, text);
    expect([status, body.errors?.[0]?.message]).toEqual([400, `The query has too many ${expected}`]);
  });
});

describe("the work is linear in the document", () => {
  /** Milliseconds that a look at a query takes; the text is parsed before. */
  function timeOf(text: string): { tookMs: number; fault: string | undefined } {
    const document = parse(text, { noLocation: true });
    const start = performance.now();
    const fault = measure(document, ROOMY).fault;
    return { tookMs: performance.now() - start, fault };
  }

  test("fragments that double 900 times take no time, and are counted", () => {
    const { tookMs, fault } = timeOf(doubling(900));
    expect(fault).toBe("The query has too many fields: expected at most 1000000, but got more than 1000000");
    expect(tookMs).toBeLessThan(100);
  });

  test("fragments that spread each other in a circle end, and are refused by graphql", async () => {
    const text = "{ ...A } fragment A on Query { self { ...B } } fragment B on Query { self { ...A ...B } }";
    expect(timeOf(text).fault).toBeUndefined();
    await using server = await serveSelf();
    expect((await query(server.url, text)).body.errors?.[0]?.message).toMatch(/^Cannot spread fragment "A"/);
  });

  test("a megabyte of fields takes less than 100 ms", () => {
    const { tookMs } = timeOf(`{ ${"a: b @c ".repeat(130_000)} }`);
    expect(tookMs).toBeLessThan(100);
  });

  test("a query too deep to look at, on a server that takes long ones, is the client's fault", async () => {
    await using server = await serveSelf({ maxTokens: 1_000_000 });
    const headers = { Accept: "application/graphql-response+json" };
    const { status, body } = await query(server.url, nested(100_000), {}, { headers });
    expect([status, body.errors?.[0]?.extensions]).toEqual([400, { code: "BAD_REQUEST" }]);
  });
});
