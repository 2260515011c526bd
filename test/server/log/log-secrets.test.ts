// No key and no value is in the log of the server's own accord, at any level, whatever becomes of them.

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { batched } from "../../../src/index.ts";
import { buildServedSchema, startServer } from "../../../src/server/index.ts";
import { post, query } from "../../support/graphql-client.ts";
import { entriesIn, type LogEntry } from "../../support/log.ts";

const SECRET = "sk-live-hunter2";

const TYPE_DEFS = `
  type Query {
    upper(x: String!): String @batch(maxDelayMs: 0)
    failing(x: String!): String @batch(maxDelayMs: 0)
    wrong(x: String!): String @batch(maxDelayMs: 0)
    oneFailing(x: String!): String @batch(maxDelayMs: 0)
    hung(x: String!): String @batch(maxDelayMs: 0, timeoutMs: 50)
    endless(x: String!): String! @batch(maxDelayMs: 0)
    heavy(x: String!): String @batch(maxBatchWeight: 1)
    plain(x: String!): String
    misfit(x: String!): Int @batch(maxDelayMs: 0)
    telling(x: String!): String @batch(maxDelayMs: 0)
  }
  type Mutation { note(x: String!): String @batch(maxDelayMs: 0) }
`;

interface Key {
  readonly x: string;
}

/** An error whose properties hold what it was about, as those of HTTP clients and databases do. */
function loaded(message: string, keys: unknown): Error {
  const more = { keys, config: { headers: { authorization: SECRET } }, [SECRET]: SECRET };
  return Object.assign(new Error(message, { cause: Object.assign(new Error("why"), more) }), more);
}

const RESOLVERS = {
  Query: {
    upper: batched((keys: readonly Key[]) => keys.map(({ x }) => x.toUpperCase() + SECRET)),
    failing: batched((keys: readonly Key[]): string[] => {
      throw loaded("it failed", keys);
    }),
    wrong: batched((keys: readonly Key[]) => [...keys, ...keys] as unknown as string[]),
    oneFailing: batched((keys: readonly Key[]) => keys.map((key) => loaded("it failed", key))),
    hung: batched((): Promise<string[]> => new Promise(() => {}), { abortGraceMs: 50 }),
    endless: batched((): Promise<string[]> => new Promise(() => {}), { abortGraceMs: 50 }),
    heavy: batched((keys: readonly Key[]) => keys.map(({ x }) => x), { weigh: () => 2 }),
    plain: (_: unknown, key: Key) => {
      throw loaded("it failed", key);
    },
    misfit: batched((keys: readonly Key[]) => keys.map(({ x }) => x)),
    telling: batched((keys: readonly Key[]): string[] => {
      throw new Error(`no such article: ${keys[0]?.x}`);
    }),
  },
  Mutation: { note: batched((keys: readonly Key[]) => keys.map(({ x }) => x)) },
};

const FIELDS = ["upper", "failing", "wrong", "oneFailing", "hung", "heavy", "plain", "misfit"];

/** What a server at level trace has logged when all this has been asked of it. */
async function logOf(fields: readonly string[], logValues = false): Promise<readonly LogEntry[]> {
  let text = "";
  const logger = pino({ level: "trace" }, { write: (line: string) => (text += line) });
  const names = { typeDefsName: "test.graphql", resolversName: "test.ts" };
  const schema = buildServedSchema({ typeDefs: TYPE_DEFS, resolvers: RESOLVERS, ...names });
  const server = await startServer({ schema, port: 0, logger, logValues, drainTimeoutMs: 200 });
  const { url } = server;
  const requests = fields.length * 3 + 6;
  for (const field of fields) {
    await query(url, `query Named($x: String!) { ${field}(x: $x) }`, { x: SECRET });
    await query(url, `{ ${field}(x: "${SECRET}") }`);
    await (await fetch(`${url}/graphql?query={${field}(x:"${SECRET}")}&secret=${SECRET}`)).text();
  }
  await post(
    url,
    fields.map((field) => ({ query: `query ($x: String!) { ${field}(x: $x) }`, variables: { x: SECRET } })),
  );
  await query(url, `mutation { note(x: "${SECRET}") }`);
  await query(url, `{ upper(x: "${SECRET} }`);
  await query(url, "query ($x: Int!) { upper(x: $x) }", { x: SECRET, [SECRET]: SECRET });
  await post(url, SECRET);
  await (await fetch(`${url}/graphql/${SECRET}?${SECRET}`, { headers: { authorization: SECRET } })).text();
  // One that leaves, and one whose answer the end has to give up.
  const leaving = httpRequest(`${url}/graphql?query={hung(x:"${SECRET}")}`).end();
  leaving.on("error", () => {});
  await once(leaving, "socket");
  setTimeout(() => leaving.destroy(), 20);
  await vi.waitUntil(() => entriesIn(text).filter(({ level }) => level === "debug").length === requests, {
    timeout: 10_000,
  });
  const givenUp = query(url, `{ endless(x: "${SECRET}") }`);
  const endless = server.fields.find(({ coordinate }) => coordinate === "Query.endless")?.batcher;
  await vi.waitUntil(() => endless?.stats().runningBatches === 1);
  await server.drain();
  expect((await givenUp).status).toBe(503);
  return entriesIn(text);
}

test("a key that looks like a secret is in no entry, whatever becomes of it", async () => {
  const entries = await logOf(FIELDS);
  expect(entries.filter(({ level }) => level === "error").length).toBeGreaterThan(15);
  expect(entries.some(({ outcome }) => outcome === "abandoned")).toBe(true);
  expect(entries.some(({ aborted }) => aborted === true)).toBe(true);
  for (const entry of entries) expect(JSON.stringify(entry)).not.toContain(SECRET);
});

test("it is there where the batch function itself put it into the message of its error", async () => {
  const entries = await logOf(["telling"]);
  const told = entries.filter((entry) => JSON.stringify(entry).includes(SECRET));
  expect(new Set(told.map(({ field }) => field))).toEqual(new Set(["Query.telling"]));
});

test("it is there with logValues, in the queries and variables of requests", async () => {
  const entries = await logOf(FIELDS, true);
  const told = entries.filter((entry) => JSON.stringify(entry).includes(SECRET));
  expect(new Set(told.map(({ level }) => level))).toEqual(new Set(["debug"]));
  expect(told.length).toBeGreaterThan(FIELDS.length * 3);
});
