// Small requests that would cost much: in time, in what is answered, and in what is logged.

import { describe, expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { faultOfVariables } from "../../src/server/variables.ts";
import { post, query } from "../support/graphql-client.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = `
  input Thing { name: String  parts: [Thing!] }
  type Query {
    upper(x: String = "cat"): String! @batch(maxDelayMs: 0)
    named(thing: Thing): Int
    numbers(list: [[Int!]!]): Int
    self: Query!
    failing: Int
    slow: Int
  }
`;

const NAMED = "query ($thing: Thing) { named(thing: $thing) }";

async function serveThings(options: ServeOptions = {}) {
  const resolvers = {
    Query: {
      upper: batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())),
      named: () => 1,
      numbers: () => 1,
      self: () => ({}),
      failing: () => {
        throw new Error("out of order");
      },
      slow: () => {
        const end = performance.now() + 30;
        while (performance.now() < end);
        return 1;
      },
    },
  };
  return await serve(TYPE_DEFS, resolvers, options);
}

/** What JSON makes of an answer, in characters. */
function sizeOf(body: unknown): number {
  return JSON.stringify(body).length;
}

describe("what is refused is not sent back many times", () => {
  const unknownFields = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => `${"q".repeat(length)}${index}`);

  test.each([
    [
      "2,400 unknown fields in a variable",
      NAMED,
      { thing: Object.fromEntries(unknownFields(2_400, 400).map((name) => [name, 1])) },
    ],
    [
      "2,400 unknown fields in the text",
      `{ named(thing: { ${unknownFields(2_400, 400).join(": 1 ")}: 1 }) }`,
      {},
    ],
    ["50 unknown fields of the query", `{ ${unknownFields(50, 9_000).join(" ")} }`, {}],
    ["a syntax error", `{ upper } ${"q".repeat(900_000)}`, {}],
    ["a text for a number", "query ($l: [[Int!]!]) { numbers(list: $l) }", { l: ["x".repeat(900_000)] }],
  ])("%s", async (_what, text, variables) => {
    await using server = await serveThings();
    const { status, body } = await query(server.url, text, variables, {
      headers: { Accept: "application/graphql-response+json" },
    });
    expect(status).toBe(400);
    for (const { message } of body.errors ?? []) expect(message.length).toBeLessThanOrEqual(301);
    expect(sizeOf(body)).toBeLessThan(4_000);
    expect(server.log.faults).toEqual([]);
  });

  test("what a resolver says is sent as it is", async () => {
    await using server = await serveThings();
    const { body } = await query(server.url, "{ lower: upper failing }");
    expect(body.errors?.[0]?.path).toEqual(["failing"]);
  });
});

describe("variables", () => {
  const nested = (levels: number): object =>
    JSON.parse(`{"thing":${'{"parts":['.repeat(levels)}${"]}".repeat(levels)}}`);

  test.each([60, 2_000, 20_000])(
    "that are nested %d times too deeply are a 400, and no failure",
    async (levels) => {
      await using server = await serveThings();
      const body = `{"query":${JSON.stringify(NAMED)},"variables":{"thing":${'{"parts":['.repeat(levels)}${"]}".repeat(levels)}}}`;
      const response = await fetch(`${server.url}/graphql`, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json" },
      });
      expect([response.status, await response.json()]).toEqual([
        400,
        {
          errors: [{ message: "The variables are nested too deeply", extensions: { code: "BAD_REQUEST" } }],
        },
      ]);
      expect(server.log.faults).toEqual([]);
    },
  );

  test("that are nested 40 times are taken", async () => {
    await using server = await serveThings();
    expect((await query(server.url, NAMED, nested(40))).body).toEqual({ data: { named: 1 } });
  });

  test("may hold as many values as the server is told, and no more", async () => {
    await using server = await serveThings({ maxVariableValues: 10 });
    const ask = (count: number) =>
      query(server.url, "query ($l: [[Int!]!]) { numbers(list: $l) }", { l: [Array(count).fill(1)] });
    expect((await ask(8)).body).toEqual({ data: { numbers: 1 } });
    expect(await ask(9)).toMatchObject({
      status: 400,
      body: { errors: [{ message: "The variables hold too many values: expected at most 10" }] },
    });
  });

  test("that are too many in one operation of an array harm no other", async () => {
    await using server = await serveThings({ maxVariableValues: 1 });
    const { body } = await post(server.url, [
      null,
      { query: NAMED, variables: { thing: { name: "a" } } },
      { query: "{ upper }" },
    ]);
    expect(body).toMatchObject([
      { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
      { errors: [{ message: "The variables hold too many values: expected at most 1" }] },
      { data: { upper: "CAT" } },
    ]);
    expect(server.log.faults).toEqual([]);
  });
});

describe("fields and fragments that graphql would compare with each other", () => {
  const REFUSED =
    "The query has too many fields of one name, or fragments, side by side: they are compared with each other";
  const fragments = (count: number) =>
    Array.from({ length: count }, (_, index) => `fragment F${index} on Query { upper }`).join(" ");
  const spreads = (count: number) => Array.from({ length: count }, (_, index) => `...F${index}`).join(" ");

  test.each([
    ["one field 705 times", `{ ${"upper ".repeat(705)} }`],
    ["below fields of one name", `{ ${"self { upper upper upper upper } ".repeat(100)} }`],
    ["in inline fragments", `{ ${"... { upper } ".repeat(705)} }`],
    ["in a fragment", "{ ...A } fragment A on Query { self { ...B } } fragment B on Query { UPPER }"],
    ["in a fragment that nothing spreads", "{ upper } fragment A on Query { UPPER }"],
    ["900 fragments", `{ ${spreads(900)} } ${fragments(900)}`],
    ["long arguments", `{ ${`upper(x: "${"x".repeat(4_000)}") `.repeat(100)} }`],
  ])("%s: 400, at once", async (_what, text) => {
    await using server = await serveThings();
    const body = { query: text.replace("UPPER", "upper ".repeat(300)) };
    await post(server.url, { query: "{ upper }" });
    const start = performance.now();
    const answer = await post(server.url, body);
    expect([answer.status, answer.body.errors?.[0]?.message]).toEqual([400, REFUSED]);
    expect(performance.now() - start).toBeLessThan(200);
  });

  test.each([
    ["one field 150 times", `{ ${"upper ".repeat(150)} }`],
    ["2,000 aliases", `{ ${Array.from({ length: 2_000 }, (_, index) => `a${index}: upper`).join(" ")} }`],
    ["60 fragments of one field, as of clients that compose queries", `{ ${spreads(60)} } ${fragments(60)}`],
  ])("%s: answered", async (_what, text) => {
    await using server = await serveThings();
    const { status, body } = await query(server.url, text);
    expect([status, body.errors]).toEqual([200, undefined]);
  });

  test("fragments in circles, which have no size, take no time", async () => {
    await using server = await serveThings();
    const circle = Array.from({ length: 1_000 }, (_, index) => `a${index}: self { ...A }`).join(" ");
    const start = performance.now();
    const { body } = await query(
      server.url,
      `{ ${"self { ".repeat(15)} ...A ${"}".repeat(15)} } fragment A on Query { ${circle} }`,
    );
    expect(body.errors).toBeDefined();
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("the operations of an array", () => {
  test.each([
    ["tokens", { maxTokens: 30 }, "{ upper upper upper upper upper upper }", 3],
    ["fields", { maxTokens: 30 }, "{...A ...A ...A} fragment A on Query{a:self{upper}}", 1],
    ["aliases", { maxAliases: 5 }, "{ a: upper b: upper }", 2],
  ])("share what they may have of %s", async (what, options, text, answered) => {
    await using server = await serveThings(options);
    const { body } = await post(server.url, Array(5).fill({ query: text }));
    const messages = body.map(({ errors }) => errors?.[0]?.message);
    const most = Object.values(options)[0];
    const refused = expect.stringMatching(
      `^The operations of the request have too many (tokens|${what}) together: expected at most ${most}$`,
    );
    expect(messages.slice(0, answered)).toEqual(Array(answered).fill(undefined));
    expect(messages.slice(answered)).toEqual(Array(5 - answered).fill(refused));
    expect((await query(server.url, text)).status).toBe(200);
  });

  test("that take long let others be served in between", async () => {
    await using server = await serveThings();
    const slow = post(server.url, Array(10).fill({ query: "{ slow }" })).then(() => "slow");
    const others = async () => {
      for (let turn = 0; turn < 4; turn += 1) await (await fetch(`${server.url}/health`)).text();
      return "others";
    };
    expect(await Promise.race([slow, others()])).toBe("others");
    await slow;
  });
});

test.each(["__schema { queryType { name } }", '__type(name: "Query") { name }'])(
  "%s may be asked for twice in a query, wherever it stands, and not three times",
  async (field) => {
    await using server = await serveThings();
    const twice = `{ a: ${field} ...A } fragment A on Query { b: ${field} }`;
    expect((await query(server.url, twice)).body.errors).toBeUndefined();
    expect(await query(server.url, `${twice.replace("...A", `...A c: ${field}`)}`)).toMatchObject({
      status: 400,
      body: {
        errors: [
          { message: "The query has too many fields __schema and __type: expected at most 2, but got 3" },
        ],
      },
    });
  },
);

describe("of the errors of one request that are masked, the log has ten, and how many more there were", () => {
  const failing = (count: number) =>
    `{ ${Array.from({ length: count }, (_, index) => `a${index}: failing`).join(" ")} }`;

  test.each([
    ["by aliases", { query: failing(1_900) }, "and 1,890 more errors of the same request"],
    ["in an array", Array(5).fill({ query: failing(300) }), "and 1,490 more errors of the same request"],
  ])("%s", async (_how, body, last) => {
    await using server = await serveThings();
    await post(server.url, body);
    const { faults } = server.log;
    expect(faults.length).toBe(11);
    expect(faults[0]).toMatchObject({ err: { message: "out of order" } });
    expect(faults[10]?.msg).toBe(last);
  });

  test("ten are all there", async () => {
    await using server = await serveThings();
    for (let turn = 0; turn < 2; turn += 1) await post(server.url, { query: failing(10) });
    expect(server.log.faults.length).toBe(20);
  });
});

test("a server that is to take more variables takes them, however many are in one list", () => {
  const variables = { list: Array.from({ length: 300_000 }, () => ({})) };
  expect(faultOfVariables(variables, 1_000_000)).toBeUndefined();
  expect(faultOfVariables(variables, 300_000)).toBe(
    "The variables hold too many values: expected at most 300000",
  );
});
