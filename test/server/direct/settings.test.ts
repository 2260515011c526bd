// What a server is told changes the answers of both ways alike: facts about batches, other sites, production, tokens, logs.

import { SignJWT } from "jose";
import { expect, test, vi } from "vitest";
import { PARTITION } from "../../../src/graphql/partition.ts";
import type { AuthOptions } from "../../../src/server/index.ts";
import { type BothWays, type Posted, serveBothWays, YOGA_PATHS } from "../../support/both-ways.ts";
import { generatedPost } from "../../support/generated-posts.ts";
import { KeptLog } from "../../support/log.ts";
import { ODD_TYPE_DEFS, oddResolvers } from "../../support/odd-fields.ts";
import { SeededRandom, seedFrom } from "../../support/seeded-random.ts";
import type { ServeOptions } from "../../support/serve.ts";

const JSON_TYPE = "Content-Type: application/json";
const QUERY = "query Q($x: String!) { upper(x: $x) }";
const SECRET = "a secret of more than thirty-two bytes";

function posted(query: string, variables: object = {}, headers: readonly string[] = []): Posted {
  return { headers: [JSON_TYPE, ...headers], body: JSON.stringify({ query, variables }) };
}

async function expectAllSame(ways: BothWays, count: number, change: (posted: Posted) => Posted) {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const seed = seedFrom("DIRECT_SEED");
  const random = new SeededRandom(seed);
  for (let left = count; left > 0; left -= 1) {
    await ways.expectSame(change(generatedPost(random)), random.pick(YOGA_PATHS), `DIRECT_SEED=${seed}`);
  }
}

/** Numbers of batches and times differ from one answer to the next, and with them its length. */
function withoutFacts(answer: string): string {
  return answer
    .replace(/^content-length: .*\r\n/im, "")
    .replace(/"(id|waitMs|runMs)":("?)[\w.#-]+\2/g, '"$1":0');
}

test.each(["on", "header"] as const)("facts about batches: %s", async (batchFacts) => {
  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers, { batchFacts }, withoutFacts);
  const show = ["Jitney-Batches: show"];
  const answer = await ways.expectSame(posted(QUERY, { x: "cat" }, show));
  expect(answer).toContain('"extensions":{"batches":[');
  expect((await ways.expectSame(posted(QUERY, { x: "cat" }))).includes('"batches"')).toBe(
    batchFacts === "on",
  );
  await ways.expectSame(posted('{ failing(x: "own") upper(x: "x") }', {}, show));
  await ways.expectSame(posted('{ failingRequired(x: "all") }', {}, show));
  expect(ways.directCount).toBe(ways.count);
});

const SETTINGS: Readonly<Record<string, ServeOptions>> = {
  "pages of one other site": { cors: { origins: ["https://app.example"] } },
  "pages of all sites": { cors: { origins: ["*"] } },
  "as in production": { introspection: false, graphiql: false, metrics: false, batchesPage: false },
  "small limits": { maxVariableValues: 5, maxTokens: 60, maxAliases: 2, maxDepth: 2, maxBodyBytes: 400 },
};

test.each(Object.keys(SETTINGS))("%s", { timeout: 60_000 }, async (name) => {
  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers, SETTINGS[name]);
  const origins = [
    "Origin: https://app.example",
    "Origin: https://evil.example",
    "Origin: null",
    "X-Other: 1",
  ];
  await expectAllSame(ways, 150, ({ headers, ...rest }) => ({
    ...rest,
    headers: [...headers.filter((line) => !line.startsWith("Origin")), origins[ways.count % 4] ?? ""],
  }));
});

async function jwt(claims: Readonly<Record<string, unknown>>, secret = SECRET): Promise<string> {
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("i")
    .setAudience("a")
    .setExpirationTime("1h")
    .sign(Buffer.from(secret));
}

const AUTHS: Readonly<Record<string, { auth: AuthOptions; good: () => Promise<readonly string[]> }>> = {
  token: {
    auth: { token: "a-token-that-nobody-guesses" },
    good: async () => ["a-token-that-nobody-guesses"],
  },
  JWT: {
    auth: { jwt: { secret: SECRET, issuer: "i", audience: "a", partitionClaim: "tenant" } },
    good: () => Promise.all([jwt({ tenant: "one" }), jwt({ tenant: "two" }), jwt({ tenant: "tënant" })]),
  },
};

test.each(Object.keys(AUTHS))("who may ask, by %s, and of which partition", async (name) => {
  const { auth, good } = AUTHS[name] ?? { auth: { token: "" }, good: async () => [] };
  const partitions: unknown[] = [];
  const typeDefs = "type Query { upper(x: String!): String! @batch(maxDelayMs: 0), partition: String }";
  const resolversOf = (see: Parameters<typeof oddResolvers>[0]): object => {
    const { Query } = oddResolvers(see) as { readonly Query: Readonly<Record<string, unknown>> };
    const partition = see((_: unknown, __: unknown, context: { readonly [PARTITION]?: string }) => {
      partitions.push(context[PARTITION]);
      return context[PARTITION];
    });
    return { Query: { upper: Query.upper, partition } };
  };
  await using ways = await serveBothWays(typeDefs, resolversOf, { auth });

  for (const token of await good()) {
    const right = [`Authorization: Bearer ${token}`];
    await ways.expectSame(posted(QUERY, { x: "cat" }, right));
    const answer = await ways.expectSame(posted("{ partition }", {}, right));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await ways.expectSame(posted(QUERY, { x: "cat" }, [`authorization: bEARER  ${token}`]));
  }
  expect(ways.directCount).toBe(ways.count);
  const directCount = ways.directCount;
  const wrong = [
    [],
    ["Authorization: "],
    ["Authorization: Bearer"],
    ["Authorization: Bearer "],
    ["Authorization: Bearer wrong"],
    ["Authorization: Basic d3Jvbmc6"],
    ["Authorization: Bearer a b"],
    ["Authorization: Bearer \xff"],
    ["Authorization: Bearer a.b.c"],
    [`Authorization: Bearer ${await jwt({}, "another secret of more than 32 bytes!")}`],
    [`Authorization: Bearer ${await jwt({ tenant: 5 })}`],
    [`Authorization: Bearer ${await jwt({})}`],
    ["Authorization: Bearer x", "Authorization: Bearer y"],
  ];
  for (const headers of wrong) {
    const answer = await ways.expectSame(posted(QUERY, { x: "cat" }, headers));
    expect(answer, headers.join()).toMatch(/^HTTP\/1\.1 40[013] /);
  }
  expect(ways.directCount, "who may not ask has nothing run").toBe(directCount);
});

test("the entries of requests in the log say the same", async () => {
  const log = new KeptLog("debug");
  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers, { log, logValues: true });
  const requests = [
    posted(QUERY, { x: "cat" }),
    posted('query Named { upper(x: "a") }'),
    posted('mutation M { set(x: "a") }'),
    posted('{ failing(x: "own") a: failing(x: "x") }'),
    posted(QUERY, { x: 5 }),
    posted("{ __typename }"),
    {
      ...posted(QUERY),
      body: JSON.stringify({
        query: "query A { a: __typename } query B { b: __typename }",
        operationName: "B",
      }),
    },
    posted('{ any(kind: "circular") }'),
  ];
  for (const request of requests) {
    await ways.expectSame(request);
    const [first, again, yoga] = await entriesOf(log);
    expect(again, String(request.body)).toEqual(yoga);
    expect(first).toEqual(yoga);
    expect(yoga).toMatchObject({ operations: [{ query: expect.any(String), type: expect.any(String) }] });
  }
});

test("the log says of errors what it says of them on Yoga's way", async () => {
  const log = new KeptLog();
  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers, { log });
  const fields = ["throws an Error", "throws undefined", "an Error", "object"].flatMap((kind, at) =>
    [0, 1, 2, 3].map((index) => `k${at}${index}: string(kind: ${JSON.stringify(kind)})`),
  );
  await ways.expectSame(posted(`{ ${fields.join(" ")} }`));
  const messages = log.faults.map(({ msg, path, more, err }) => [
    msg,
    path,
    more,
    (err as Error | undefined)?.message,
  ]);
  expect(messages).toHaveLength(3 * 11);
  expect(messages.at(-1)).toMatchObject([
    expect.stringMatching(/more errors of the same request/),
    undefined,
    6,
    undefined,
  ]);
  expect(messages.slice(11, 22)).toEqual(messages.slice(22));
});

/** Of three requests, without what differs. A response closes after its client has the answer. */
async function entriesOf(log: KeptLog): Promise<readonly object[]> {
  const ofRequests = () => log.entries.filter(({ level }) => level === "debug");
  await vi.waitUntil(() => ofRequests().length === 3);
  const entries = ofRequests().map(({ ms: _, path: __, msg, ...rest }) => ({
    ...rest,
    msg: msg.replace(/^POST \S+: (\d+) in [\d.]+ ms/, "$1"),
  }));
  log.entries.length = 0;
  return entries;
}
