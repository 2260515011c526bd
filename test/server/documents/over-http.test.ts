// Answers to queries that differ in literals, byte for byte: from a server that has seen many like them, and from one
// that has seen none.

import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { type ServeOptions, serve } from "../../support/serve.ts";

const TYPE_DEFS = `
  scalar Any
  directive @mark(n: Int) repeatable on FIELD
  input Point { x: Int!, tags: [String!] }
  type Query { echo(x: String, i: Int, f: Float, id: ID, at: Point, any: Any): String  fails(x: String): String  self(id: ID): Query! }
`;

const RESOLVERS = {
  Query: {
    echo: (_: unknown, args: object) => JSON.stringify(args),
    fails: (_: unknown, { x }: { x: string }) => {
      throw new GraphQLError(`no ${x}`);
    },
    self: () => ({}),
  },
};

async function answerOf(url: string, body: unknown): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json" },
    body: JSON.stringify(body),
  });
  return `${response.status} ${response.headers.get("Content-Type")} ${await response.text()}`;
}

function same(name: string, count: number, args: string): string {
  return `{ ${`${name}(${args}) `.repeat(count)}}`;
}

/** A server's options, queries in turn, and a part of each answer that shows what it is about. */
const CASES: readonly (readonly [
  string,
  ServeOptions,
  readonly (readonly [query: string, part: string])[],
])[] = [
  [
    "values of every kind",
    {},
    [
      ['{ echo(x: "a", i: 1, f: 1, id: 1, at: { x: 1, tags: ["b"] }) }', '{\\"x\\":\\"a\\",\\"i\\":1,'],
      ['{ echo(x: "", i: -2, f: 20, id: 3, at: { x: 4, tags: ["\\u00e9\\n"] }) }', '\\"f\\":20'],
      ['{ echo(x: "a", i: 3000000000, f: 1, id: 1, at: { x: 1, tags: ["b"] }) }', "value: 3000000000"],
      ['{ echo(x: "a", i: 1, f: 1, id: 1, at: { x: 3000000000, tags: ["b"] }) }', '"column":44'],
      ['{ echo(x: "\\q", i: 1, f: 1, id: 1, at: { x: 1, tags: ["b"] }) }', "Invalid character escape"],
    ],
  ],
  [
    "places of errors",
    {},
    [
      ['{ a: echo(x: """a""") fails(x: "b") }', '"column":23'],
      ['{ a: echo(x: """longer""") fails(x: "c") }', '"column":28'],
      ['{ a: echo(x: """\na\n""") fails(x: "c") }', '"line":3'],
    ],
  ],
  [
    "a scalar that takes all",
    {},
    [
      ["{ echo(any: 1) }", '\\"any\\":1'],
      ["{ echo(any: 2) }", '\\"any\\":2'],
      ["{ echo(any: [1, { a: 2 }]) }", '[1,{\\"a\\":2}]'],
      ["{ echo(any: [3, { a: 4 }]) }", '[3,{\\"a\\":4}]'],
    ],
  ],
  [
    "fields that are merged",
    {},
    [
      ['{ echo(x: "a") echo(x: "a") }', '\\"a\\"'],
      ['{ echo(x: "a") echo(x: "b") }', "differing arguments"],
      ['{ echo(x: "b") echo(x: "b") }', '\\"b\\"'],
    ],
  ],
  [
    "too many tokens",
    { maxTokens: 12 },
    [
      ['{ echo(x: "a", i: 1) }', '\\"a\\"'],
      ['{ echo(x: "b", i: 2) }', '\\"b\\"'],
      ['{ echo(x: "b", i: 2, f: 3) }', "more than 12 tokens"],
      ['{ echo(x: "c", i: 2, f: 3) }', "more than 12 tokens"],
    ],
  ],
  [
    "levels of fields",
    { maxDepth: 2 },
    [
      ["{ self(id: 1) { echo(i: 1) } }", '\\"i\\":1'],
      ["{ self(id: 2) { echo(i: 2) } }", '\\"i\\":2'],
      ["{ self(id: 1) { self(id: 1) { echo(i: 1) } } }", "too many levels"],
      ["{ self(id: 2) { self(id: 2) { echo(i: 2) } } }", "too many levels"],
    ],
  ],
  [
    "aliases",
    { maxAliases: 1 },
    [
      ["{ a: echo(i: 1) echo(i: 1) }", '\\"i\\":1'],
      ["{ a: echo(i: 2) echo(i: 2) }", '\\"i\\":2'],
      ["{ a: echo(i: 3) b: echo(i: 3) }", "too many aliases"],
    ],
  ],
  [
    "directives",
    { maxDirectives: 1 },
    [
      ["{ echo(i: 1) @mark(n: 1) }", '\\"i\\":1'],
      ["{ echo(i: 2) @mark(n: 1) }", '\\"i\\":2'],
      ["{ echo(i: 2) @mark(n: 1) @mark(n: 1) }", "too many directives"],
    ],
  ],
  [
    "comparisons, which long literals make costly",
    {},
    [
      [same("echo", 100, 'x: "a"'), '\\"a\\"'],
      [same("echo", 100, `x: "${"a".repeat(100)}"`), "aaa"],
      [same("echo", 100, `x: "${"a".repeat(300)}"`), "compared with each other"],
      [same("echo", 100, 'x: "b"'), '\\"b\\"'],
    ],
  ],
  [
    "a schema that is hidden",
    { introspection: false },
    [
      ['{ __type(name: "Query") { name } }', "introspection"],
      ['{ __type(name: "Point") { name } }', "introspection"],
      ['{ echo(x: "a") }', '\\"a\\"'],
      ['{ echo(x: "b") }', '\\"b\\"'],
      ['{ ecko(x: "b") }', '"Cannot query field \\"ecko\\" on type \\"Query\\"."'],
    ],
  ],
  [
    "a schema that is not",
    {},
    [
      ['{ __type(name: "Query") { name } }', '"Query"'],
      ['{ __type(name: "Point") { name } }', '"Point"'],
      ['{ __type(name: "None") { name } }', "null"],
      [
        '{ a: __type(name: "A") { name } b: __type(name: "B") { name } c: __type(name: "C") { name } }',
        "too many fields __schema",
      ],
    ],
  ],
];

test.each(CASES)("%s", async (_what, options, queries) => {
  await using seen = await serve(TYPE_DEFS, RESOLVERS, options);
  for (let turn = 0; turn < 3; turn += 1) {
    for (const [query, part] of queries) {
      const answer = await answerOf(seen.url, { query });
      expect(answer).toContain(part);
      await using fresh = await serve(TYPE_DEFS, RESOLVERS, options);
      expect(answer).toBe(await answerOf(fresh.url, { query }));
    }
  }
});

test("operations of an array count together, whatever is known of each", async () => {
  const options: ServeOptions = { maxTokens: 30 };
  await using seen = await serve(TYPE_DEFS, RESOLVERS, options);
  const operations = (count: number, value: number) =>
    Array.from({ length: count }, (_, index) => ({ query: `{ echo(i: ${value + index}) }` }));
  for (const count of [1, 3, 4, 3, 4]) {
    await using fresh = await serve(TYPE_DEFS, RESOLVERS, options);
    const answer = await answerOf(seen.url, operations(count, count));
    expect(answer).toBe(await answerOf(fresh.url, operations(count, count)));
    expect(answer.includes("too many tokens together")).toBe(count > 3);
  }
});
