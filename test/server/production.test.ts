// What a server shows of itself: all of it where it is developed, no more than it must in production.

import { getIntrospectionQuery } from "graphql";
import { afterEach, describe, expect, test, vi } from "vitest";
import { batched } from "../../src/index.ts";
import { query } from "../support/graphql-client.ts";
import { type ServeOptions, serve } from "../support/serve.ts";
import { startJitney } from "../support/server-process.ts";

const TYPE_DEFS = `
  enum Colour { VERMILION }
  input Paint { colour: Colour  thickness: Int }
  type Query {
    upper(x: String!): String! @batch(maxDelayMs: 0)
    painted(paint: Paint!): String
    failing: String
  }
`;

/** What a browser asks for when it is sent to a page. */
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

afterEach(() => {
  vi.unstubAllEnvs();
});

async function serveHere(options: ServeOptions = {}) {
  const resolvers = {
    Query: {
      upper: batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())),
      painted: () => "painted",
      failing: () => {
        throw new Error("the password of db-7 is hunter2");
      },
    },
  };
  return await serve(TYPE_DEFS, resolvers, options);
}

async function messageOf(url: string, text: string, variables = {}): Promise<string | undefined> {
  return (await query(url, text, variables)).body.errors?.[0]?.message;
}

const PAINT = "query ($paint: Paint!) { painted(paint: $paint) }";

/** What clients get wrong, and what they then learn. */
const SLIPS = [
  ["a field", "{ uper }", {}, "upper"],
  ["an argument", '{ upper(x: "a", y: "b") }', {}, undefined],
  ["a literal of an enum", "{ painted(paint: { colour: VERMILLION }) }", {}, "VERMILION"],
  ["a field of an input", "{ painted(paint: { colours: VERMILION }) }", {}, "colour"],
  ["a type", "query ($paint: Paints!) { painted(paint: $paint) }", {}, "Paint"],
  ["a field of a variable", PAINT, { paint: { thicknes: 5 } }, "thickness"],
  ["an enum in a variable", PAINT, { paint: { colour: "VERMILLION" } }, "VERMILION"],
] as const;

describe("with introspection off", () => {
  test.each([
    ["the whole schema", getIntrospectionQuery()],
    ["a type", '{ __type(name: "Paint") { name } }'],
    ["the schema under another name", "{ a: __schema { queryType { name } } }"],
    ["the schema in a fragment", "{ ...A } fragment A on Query { __schema { queryType { name } } }"],
  ])("%s cannot be asked for, and the answer says so", async (_what, text) => {
    await using server = await serveHere({ introspection: false });
    for (let turn = 0; turn < 2; turn += 1) {
      const headers = { Accept: "application/graphql-response+json" };
      const { status, body } = await query(server.url, text, {}, { headers });
      expect([status, body.data]).toEqual([400, undefined]);
      expect(body.errors?.[0]?.message).toMatch(/^GraphQL introspection has been disabled/);
    }
  });

  test("__typename is no secret", async () => {
    await using server = await serveHere({ introspection: false });
    expect((await query(server.url, '{ __typename upper(x: "cat") }')).body).toEqual({
      data: { __typename: "Query", upper: "CAT" },
    });
  });

  test.each(SLIPS)("the error for a slip in %s suggests nothing", async (_what, text, variables, secret) => {
    await using server = await serveHere({ introspection: false });
    // Twice: what has been validated is kept.
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await query(server.url, text, variables);
      const message = answer.body.errors?.[0]?.message ?? "";
      expect(message).not.toMatch(/did you mean/i);
      expect(message).toMatch(/[.}"]$/);
      if (secret !== undefined) expect(message).not.toMatch(new RegExp(`\\b${secret}\\b`));
      expect(answer.body.errors?.[0]).toHaveProperty("locations");
    }
  });

  test("the page of GraphiQL, where it is on, shows none of it", async () => {
    await using server = await serveHere({ introspection: false, graphiql: true });
    const response = await fetch(`${server.url}/graphql`, { headers: { Accept: BROWSER } });
    expect(await response.text()).not.toContain("first: upper");
  });
});

test.each(SLIPS.filter(([, , , name]) => name !== undefined))(
  "with introspection on, the error for a slip in %s suggests the name that was meant",
  async (_what, text, variables, name) => {
    await using server = await serveHere({ introspection: true });
    expect(await messageOf(server.url, text, variables)).toMatch(`Did you mean`);
    expect(await messageOf(server.url, text, variables)).toContain(`"${name}"`);
  },
);

describe("with GraphiQL off", () => {
  test.each([BROWSER, "text/html"])("a browser (%s) is told so: 404", async (accept) => {
    await using server = await serveHere({ graphiql: false });
    const response = await fetch(`${server.url}/graphql`, { headers: { Accept: accept } });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: "GraphiQL is off here: send a query by POST, or by GET in the parameter query",
          extensions: { code: "NOT_FOUND" },
        },
      ],
    });
  });

  test("a query in the address bar is answered", async () => {
    await using server = await serveHere({ graphiql: false });
    const response = await fetch(`${server.url}/graphql?query={upper(x:%22cat%22)}`, {
      headers: { Accept: BROWSER },
    });
    expect([response.status, await response.json()]).toEqual([200, { data: { upper: "CAT" } }]);
  });

  test("a query that is to be answered in HTML is refused: 406", async () => {
    await using server = await serveHere({ graphiql: false });
    const response = await fetch(`${server.url}/graphql?query={__typename}`, {
      headers: { Accept: "text/html" },
    });
    await response.body?.cancel();
    expect(response.status).toBe(406);
  });

  test("nothing leads there from the bare address", async () => {
    await using server = await serveHere({ graphiql: false });
    const response = await fetch(server.url, { redirect: "manual" });
    await response.body?.cancel();
    expect(response.status).toBe(404);
  });
});

describe("NODE_ENV", () => {
  async function shownBy(options: ServeOptions = {}) {
    await using server = await serveHere(options);
    const page = await fetch(`${server.url}/graphql`, { headers: { Accept: BROWSER } });
    await page.body?.cancel();
    const { body } = await query(server.url, "{ __schema { queryType { name } } }");
    return { graphiql: page.status === 200, introspection: body.errors === undefined };
  }

  test.each(["development", "test", ""])("%s shows all", async (mode) => {
    vi.stubEnv("NODE_ENV", mode);
    expect(await shownBy()).toEqual({ graphiql: true, introspection: true });
  });

  test("production hides GraphiQL and the schema", async () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(await shownBy()).toEqual({ graphiql: false, introspection: false });
  });

  test("options win over it", async () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(await shownBy({ graphiql: true })).toEqual({ graphiql: true, introspection: false });
    expect(await shownBy({ introspection: true })).toEqual({ graphiql: false, introspection: true });
  });

  test.each(["development", "production"])(
    "%s: what a resolver throws is masked, and logged",
    async (mode) => {
      vi.stubEnv("NODE_ENV", mode);
      await using server = await serveHere();
      const { body } = await query(server.url, "{ failing }");
      expect(body.errors?.[0]).toMatchObject({
        message: "Unexpected error.",
        extensions: { code: "INTERNAL_SERVER_ERROR" },
      });
      expect(JSON.stringify(body)).not.toMatch(/hunter2|node_modules|at .*\.ts/);
      expect(JSON.stringify(server.log.faults)).toContain("hunter2");
    },
  );
});

describe("the command", () => {
  test.each([
    [[], {}, true],
    [["--graphiql", "off"], {}, false],
    [[], { NODE_ENV: "production" }, false],
    [["--graphiql", "on"], { NODE_ENV: "production" }, true],
  ])("%j with %j: GraphiQL is there, and said to be: %s", async (args, env, isThere) => {
    await using jitney = startJitney(args, env);
    const url = await jitney.url();
    expect(Reflect.get(jitney.log[0]?.pages ?? {}, "graphiql")).toBe(isThere ? `${url}/graphql` : undefined);
    const { status, body } = await fetch(`${url}/graphql`, { headers: { Accept: BROWSER } });
    await body?.cancel();
    expect(status).toBe(isThere ? 200 : 404);
  });

  test("--introspection off hides the schema", async () => {
    await using jitney = startJitney(["--introspection", "off"]);
    const message = await messageOf(await jitney.url(), "{ __schema { queryType { name } } }");
    expect(message).toMatch(/^GraphQL introspection has been disabled/);
  });
});
