// Whatever resolvers, schemas and clients do that is odd: nobody waits for ever, nothing ends the process, and both ways
// do the same.

import type { ServerResponse } from "node:http";
import { GraphQLError, GraphQLScalarType } from "graphql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  FRAMINGS,
  type Posted,
  partsOf,
  serveBothWays,
  withoutDate,
  YOGA_PATHS,
} from "../../support/both-ways.ts";
import { RawConnection, rawUntilClose } from "../../support/raw-connection.ts";
import { serve } from "../../support/serve.ts";

const SILENCE_MS = 500;
const JSON_TYPE = "Content-Type: application/json";
const WAYS = ["/graphql", YOGA_PATHS[0]] as const;

interface Context {
  readonly res: ServerResponse;
}

const unhandled: unknown[] = [];
const keep = (error: unknown): void => void unhandled.push(error);

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  process.on("unhandledRejection", keep);
  process.on("uncaughtException", keep);
});

afterEach(() => {
  process.off("unhandledRejection", keep);
  process.off("uncaughtException", keep);
  expect(unhandled.splice(0)).toEqual([]);
});

function posted(query: string, variables: object = {}, headers: readonly string[] = []): Posted {
  return { headers: [JSON_TYPE, ...headers], body: JSON.stringify({ query, variables }) };
}

test.each(["sync", "async"])("a resolver that answers the request itself: %s", async (how) => {
  const begin = how === "async" ? (): Promise<void> => Promise.resolve() : (): undefined => undefined;
  const after = (then: () => string): unknown => begin()?.then(then) ?? then();
  const resolvers = {
    Query: {
      ended: (_: unknown, __: unknown, { res }: Context) => after(() => `${res.end("mine")}`),
      begun: (_: unknown, __: unknown, { res }: Context) =>
        after(() => {
          res.writeHead(202, { "X-Mine": "1" });
          setImmediate(() => res.end("the rest"));
          return "x";
        }),
      header: (_: unknown, __: unknown, { res }: Context) =>
        after(() => `${res.setHeader("X-Mine", "1").statusCode}`),
      status: (_: unknown, __: unknown, { res }: Context) =>
        after(() => {
          res.statusCode = 418;
          res.statusMessage = "Mine";
          return "x";
        }),
      destroyed: (_: unknown, __: unknown, { res }: Context) => after(() => `${res.destroy()}`),
    },
  };
  const fields = Object.keys(resolvers.Query);
  await using server = await serve(
    `type Query { ${fields.map((name) => `${name}: String`).join(" ")} }`,
    resolvers,
  );
  for (const name of fields) {
    const answers: string[] = [];
    for (const path of ["/graphql", ...WAYS]) {
      const request = posted(`{ ${name} }`, {}, ["Connection: close"]);
      answers.push(withoutDate(await rawUntilClose(server.url, Buffer.concat(partsOf(request, path)))));
    }
    expect(answers[1], name).toBe(answers[2]);
    if (name === "ended") expect(server.log.faults).toEqual([]);
  }
});

/** Statuses and headers with which no other answer can follow on a connection, or none comes. */
const HTTP: readonly object[] = [
  ...[100, 101, 102, 103, 199, 204, 205, 304, 200, 299, 426, 600, 999].map((status) => ({ status })),
  ...[-1, 0, 1e9, Number.NaN, 4.5, "404", "x", true, {}, [], [404], null].map((status) => ({ status })),
  ...[
    { "Content-Length": "5" },
    { "content-length": 5 },
    { "Content-Length": "500" },
    { "Content-Length": 0 },
    { "Content-Length": null },
    { "Transfer-Encoding": "chunked" },
    { "transfer-encoding": "gzip, chunked" },
    { "Content-Length": "5", "Transfer-Encoding": "chunked" },
    { Connection: "close" },
    { Connection: "upgrade", Upgrade: "h2c" },
    { connection: "keep-alive", Connection: "close" },
    { Connection: "", "X-One": "1" },
    { Connection: "close", "X-Null": null, "X-Bad": "a\nb" },
    { Connection: "close", "Set-Cookie": ["a=1", "b=2"] },
    { "Keep-Alive": "timeout=1" },
    { Date: "never" },
    { Trailer: "X-One" },
    { "X-One": "a\r\nX-Two: b" },
    { "X-One\r\nX-Two": "b" },
    { "": "x" },
    { "X-One": { toString: () => "object" } },
    { "X-One": Symbol("s") },
    { "X-One": [] },
    { "X-One": true, "x-one": 2 },
    { "Content-Type": null },
    { "Content-Type": "" },
    { "content-type": ["a/b", "c/d"] },
    ["a", "b"],
    [["X-One", "1"]],
    new Map([["X-One", "1"]]),
    new Headers({ "X-One": "1" }),
    "text",
    5,
  ].map((headers) => ({ headers })),
  { status: 404, headers: { "Content-Type": "text/plain", "Cache-Control": "max-age=5" } },
  { status: 204, headers: { "Content-Length": "0" } },
  { spec: true },
  JSON.parse('{"headers":{"__proto__":"x","constructor":"y"}}'),
];

test("a user's error asks for any status and any header", { timeout: 60_000 }, async () => {
  const fail = (_: unknown, { index }: { readonly index: number }): never => {
    throw new GraphQLError("mine", { extensions: { http: HTTP[index] ?? {} } });
  };
  for (const cors of [undefined, { origins: ["https://app.example"] }]) {
    const options = cors === undefined ? {} : { cors };
    await using server = await serve(
      "type Query { fail(index: Int!): String! }",
      { Query: { fail } },
      options,
    );
    for (const index of HTTP.keys()) {
      const request = posted("query ($index: Int!) { fail(index: $index) }", { index }, [
        "Connection: close",
      ]);
      const answers: string[] = [];
      for (const path of ["/graphql", ...WAYS]) {
        answers.push(
          withoutDate(await rawUntilClose(server.url, Buffer.concat(partsOf(request, path)), SILENCE_MS)),
        );
      }
      const [, direct, yoga] = answers;
      expect(direct, JSON.stringify(HTTP[index])).toBe(yoga);
    }
  }
});

test("a schema that knows @defer and @stream", async () => {
  const typeDefs = `
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
    type Query { now: String, later: String, list: [String] }
  `;
  await using ways = await serveBothWays(typeDefs, (see) => ({
    Query: { now: see(() => "now"), later: see(async () => "later"), list: see(() => ["a", "b"]) },
  }));
  const accepts = [
    undefined,
    "*/*",
    "application/json",
    "multipart/mixed, application/json",
    "text/event-stream",
  ];
  for (const query of [
    "{ now ... @defer { later } }",
    "{ list @stream }",
    "{ now ... @defer(if: false) { later } }",
  ]) {
    for (const accept of accepts) {
      await ways.expectSame(posted(query, {}, accept === undefined ? [] : [`Accept: ${accept}`]));
    }
  }
});

test("bodies that are large in every way", { timeout: 60_000 }, async () => {
  const typeDefs =
    "scalar Any type Query { size(x: Any): Int, large(count: Int!): [String!], deep(levels: Int!): Any }";
  await using ways = await serveBothWays(
    typeDefs,
    (see) => ({
      Any: new GraphQLScalarType({ name: "Any" }),
      Query: {
        size: see((_: unknown, { x }: { readonly x: unknown }) => JSON.stringify(x)?.length),
        large: see((_: unknown, { count }: { readonly count: number }) => Array(count).fill("é".repeat(100))),
        deep: see((_: unknown, { levels }: { readonly levels: number }) => {
          let value: unknown = 1;
          for (let level = 0; level < levels; level += 1) value = { value };
          return value;
        }),
      },
    }),
    { maxBodyBytes: 2 ** 24, maxVariableValues: 2_000_000 },
  );
  const size = JSON.stringify("query ($x: Any) { size(x: $x) }");
  await ways.expectSame(posted("query ($x: Any) { size(x: $x) }", { x: 1 }));
  const keys = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join();
  const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const bodies = [
    `{"query":${size},"variables":{"x":{${keys}}}}`,
    `{"query":${size},"variables":{${keys}}}`,
    `{"query":${size},${keys}}`,
    `{"query":${size},"extensions":{${keys}}}`,
    `{"query":${size},"variables":{"x":${deep(90)}}}`,
    `{"query":${size},"variables":{"x":${deep(50_000)}}}`,
    `{"query":${size},"extensions":{"x":${deep(50_000)}}}`,
    `{"query":${size},"variables":{"x":"${"x".repeat(5_000_000)}"}}`,
  ];
  for (const body of bodies) await ways.expectSame({ headers: [JSON_TYPE], body });
  await ways.expectSame(posted("{ large(count: 20000) }"));
  await ways.expectSame(posted("{ deep(levels: 100000) }"));
});

test("a body in pieces, where who asks is looked at first", async () => {
  const auth = { token: "a-token-that-nobody-guesses" };
  await using ways = await serveBothWays(
    "type Query { x(y: String): String }",
    (see) => ({ Query: { x: see((_: unknown, { y }: { readonly y: string }) => y) } }),
    { auth },
  );
  for (const framing of FRAMINGS) {
    for (const token of [auth.token, "wrong"]) {
      const request = posted("query ($y: String) { x(y: $y) }", { y: "é".repeat(100_000) }, [
        `Authorization: Bearer ${token}`,
      ]);
      await ways.expectSame({ ...request, framing });
    }
  }
});

test("a client that leaves in the middle of anything leaves nothing behind", async () => {
  const resolvers = { Query: { x: async () => "x".repeat(1_000) } };
  await using server = await serve("type Query { x: String }", resolvers, {
    auth: { token: "token-of-the-test" },
  });
  const headers = ["Authorization: Bearer token-of-the-test"];
  const bytes = Buffer.concat(partsOf(posted("{ x }", {}, headers), "/graphql"));
  using connection = new RawConnection(server.url);
  await connection.ask(bytes);
  await connection.ask(bytes);
  for (let length = 1; length <= bytes.length; length += 3) {
    const leaving = new RawConnection(server.url);
    leaving.send(bytes.subarray(0, length));
    // Its bytes have been read when another is answered.
    await connection.ask(bytes);
    leaving[Symbol.dispose]();
  }
  expect((await connection.ask(bytes)).status).toBe(200);
  await server.drain();
  expect(server.log.faults).toEqual([]);
});
