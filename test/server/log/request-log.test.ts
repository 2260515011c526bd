// Entries of requests, at level debug: how each ended, and nothing of what it asked for.

import { setTimeout as sleep } from "node:timers/promises";
import { GraphQLError } from "graphql";
import { expect, test, vi } from "vitest";
import { batched } from "../../../src/index.ts";
import { createRequestLog } from "../../../src/server/log/request-log.ts";
import { post, query } from "../../support/graphql-client.ts";
import { KeptLog, type LogEntry } from "../../support/log.ts";
import { type ServedJitney, type ServeOptions, serve } from "../../support/serve.ts";

const TYPE_DEFS = `
  type Query {
    upper(x: String!): String! @batch(maxDelayMs: 0)
    late: Int
    sold(code: String): Int
  }
`;

function serveWords(options: ServeOptions = {}): Promise<ServedJitney> {
  const resolvers = {
    Query: {
      upper: batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())),
      late: () => sleep(60_000, 1, { ref: false }),
      sold: (_: unknown, { code }: { code: string | null }) => {
        throw new GraphQLError("sold out", code === null ? {} : { extensions: { code } });
      },
    },
  };
  return serve(TYPE_DEFS, resolvers, { log: new KeptLog("debug"), ...options });
}

/** The entries of its requests; written when a response has closed, which may be after the client has it. */
async function requestsOf(server: ServedJitney, count: number): Promise<readonly LogEntry[]> {
  const requests = () => server.log.entries.filter(({ level }) => level === "debug");
  await vi.waitUntil(() => requests().length >= count, { timeout: 5_000, interval: 5 });
  expect(requests()).toHaveLength(count);
  return requests();
}

test("a request is one entry: its path, its status, its time, and the type and name of its operation", async () => {
  await using server = await serveWords();
  await query(server.url, 'query Cats { upper(x: "cat") }');
  expect(await requestsOf(server, 1)).toEqual([
    {
      level: "debug",
      msg: expect.stringMatching(/^POST \/graphql: 200 in [\d.]+ ms, query Cats$/),
      method: "POST",
      path: "/graphql",
      status: 200,
      ms: expect.any(Number),
      operations: [{ type: "query", name: "Cats" }],
    },
  ]);
});

test("of a GET, the path has no query", async () => {
  await using server = await serveWords();
  await fetch(`${server.url}/graphql?query={upper(x:"cat")}`);
  expect(await requestsOf(server, 1)).toMatchObject([
    { method: "GET", path: "/graphql", status: 200, operations: [{ type: "query" }] },
  ]);
});

test("of an array, each operation is told, in its order", async () => {
  await using server = await serveWords();
  await post(server.url, [
    { query: "query A { sold }" },
    { query: 'query B { upper(x: "x") }' },
    { query: "{" },
  ]);
  const [entry] = await requestsOf(server, 1);
  expect(entry?.operations).toEqual([
    { type: "query", name: "A", errors: { none: 1 } },
    { type: "query", name: "B" },
    { errors: { GRAPHQL_PARSE_FAILED: 1 } },
  ]);
});

test("errors are counted by their codes, of which there may be many, and long ones", async () => {
  await using server = await serveWords();
  const fields = Array.from({ length: 30 }, (_, index) => `a${index}: sold(code: "${"C".repeat(200)}")`);
  await query(
    server.url,
    `{ ${fields.join(" ")} one: sold(code: "SOLD") two: sold(code: "SOLD") three: sold }`,
  );
  const codes = Array.from({ length: 30 }, (_, index) => `b${index}: sold(code: "CODE_${index}")`);
  await query(server.url, `{ ${codes.join(" ")} }`);
  const [first, second] = await requestsOf(server, 2);
  expect(first?.operations).toMatchObject([{ errors: { ["C".repeat(100)]: 30, SOLD: 2, none: 1 } }]);
  const kept = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`CODE_${index}`, 1]));
  expect(second?.operations).toEqual([{ type: "query", errors: { ...kept, others: 20 } }]);
});

test("a code that is called as the prototype of an object is counted as any other", async () => {
  await using server = await serveWords();
  await query(server.url, '{ a: sold(code: "__proto__") b: sold(code: "constructor") }');
  const [entry] = await requestsOf(server, 1);
  expect(JSON.stringify(entry?.operations)).toBe(
    '[{"type":"query","errors":{"__proto__":1,"constructor":1}}]',
  );
  expect(entry?.msg).toContain("(1 __proto__, 1 constructor)");
});

test("a client that has left is said to have left", async () => {
  await using server = await serveWords({ drainTimeoutMs: 0 });
  const leaver = new AbortController();
  const left = query(server.url, "query Late { late }", {}, { signal: leaver.signal }).catch(() => "left");
  setTimeout(() => leaver.abort(), 50);
  expect(await left).toBe("left");
  const [entry] = await requestsOf(server, 1);
  expect(entry).toMatchObject({ aborted: true, operations: [{ type: "query", name: "Late" }] });
  expect(entry).not.toHaveProperty("status");
  expect(entry?.msg).toMatch(/^POST \/graphql: aborted after [\d.]+ ms, query Late$/);
});

test("what is refused before it is read as GraphQL has its entry; probes and other paths have none", async () => {
  await using server = await serveWords();
  await (await fetch(`${server.url}/health`)).text();
  await (await fetch(`${server.url}/cat/graphql`)).text();
  await (await fetch(`${server.url}/graphql`, { method: "POST", body: "x" })).text();
  await post(server.url, "nonsense");
  expect(await requestsOf(server, 2)).toMatchObject([
    { status: 415, operations: [] },
    { status: 400, operations: [] },
  ]);
});

test("a name is that of an operation of the document, and no longer than 100 characters", async () => {
  await using server = await serveWords();
  const long = "N".repeat(5_000);
  await query(server.url, `query ${long} { late: sold }`);
  await post(server.url, { query: "query A { sold } query B { sold }", operationName: "hunter2 \u001b[2J" });
  await post(server.url, { query: "query A { sold } query B { sold }", operationName: "B" });
  expect((await requestsOf(server, 3)).map(({ operations }) => operations)).toMatchObject([
    [{ type: "query", name: "N".repeat(100) }],
    [{ errors: expect.anything() }],
    [{ type: "query", name: "B" }],
  ]);
  expect(JSON.stringify(server.log.entries)).not.toContain("hunter2");
});

test("without debug there is nothing that could cost anything", async () => {
  expect(createRequestLog(new KeptLog(), false)).toBeUndefined();
  await using server = await serveWords({ log: new KeptLog("info") });
  await query(server.url, 'query Cats { upper(x: "cat") }');
  await server.drain();
  expect(server.log.entries.map(({ level }) => level)).toEqual(["info", "info", "info"]);
});

test("with logValues, it has the query and its variables, of a bounded length", async () => {
  await using server = await serveWords({ logValues: true });
  const text = "query Cats($x: String!) { upper(x: $x) }";
  await query(server.url, text, { x: "cat" });
  await query(server.url, `${text} #${"-".repeat(10_000)}`, { x: "x".repeat(10_000) });
  const [first, second] = await requestsOf(server, 2);
  expect(first?.operations).toEqual([{ type: "query", name: "Cats", query: text, variables: '{"x":"cat"}' }]);
  expect(JSON.stringify(second).length).toBeLessThan(5_000);
});
