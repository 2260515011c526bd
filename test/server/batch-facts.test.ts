// `extensions.batches`: which batches served an answer, for those who may know.

import { getIntrospectionQuery } from "graphql";
import { afterEach, describe, expect, test, vi } from "vitest";
import { batched } from "../../src/index.ts";
import type { JitneyServer } from "../../src/server/index.ts";
import { type Answer, type GraphQLAnswer, post, query } from "../support/graphql-client.ts";
import { type ServeOptions, serve } from "../support/serve.ts";
import { startJitney } from "../support/server-process.ts";

const TYPE_DEFS = `
  type Query {
    upper(x: String!): String! @batch(maxBatchSize: 2, maxDelayMs: 60000, timeoutMs: 100000)
    length(x: String!): Int @batch(maxDelayMs: 0)
    failing(x: String!): String @batch(maxBatchSize: 1)
    hanging(x: String!): String @batch(maxBatchSize: 1, timeoutMs: 20)
  }
`;

const ASKING = { headers: { "Jitney-Batches": "show" } };

afterEach(() => {
  vi.unstubAllEnvs();
});

type Key = { readonly x: string };

async function serveHere(options: ServeOptions = { batchFacts: "on" }) {
  const resolvers = {
    Query: {
      upper: batched((keys: readonly Key[]) => keys.map(({ x }) => x.toUpperCase())),
      length: batched((keys: readonly Key[]) => keys.map(({ x }) => x.length)),
      failing: batched((): string[] => {
        throw new Error("secret of the back end");
      }),
      hanging: batched(() => new Promise<string[]>(() => {}), { abortGraceMs: 0 }),
    },
  };
  return await serve(TYPE_DEFS, resolvers, options);
}

function factsIn({ body }: Answer): unknown {
  return body.extensions?.batches;
}

/** Asks for `length`, whose batch leaves at once. */
async function factsOfLength({ url }: JitneyServer, init: RequestInit = {}): Promise<unknown> {
  return factsIn(await query(url, '{ length(x: "cat") }', {}, init));
}

const OF_LENGTH = [
  {
    field: "Query.length",
    id: "length#1",
    size: 1,
    waitMs: expect.any(Number),
    runMs: expect.any(Number),
    reason: "delay",
  },
];

test("two requests that share a batch are told the same one, each of its own wait", async () => {
  await using server = await serveHere();
  const cat = query(server.url, '{ upper(x: "cat") }');
  await expect.poll(() => server.fields[0]?.batcher.stats().waitingKeys).toBe(1);
  const dog = query(server.url, '{ upper(x: "dog") }');
  const shared = {
    field: "Query.upper",
    id: "upper#1",
    size: 2,
    waitMs: expect.any(Number),
    runMs: expect.any(Number),
    reason: "size",
  };
  expect((await cat).body).toEqual({ data: { upper: "CAT" }, extensions: { batches: [shared] } });
  expect((await dog).body).toEqual({ data: { upper: "DOG" }, extensions: { batches: [shared] } });
});

test("each operation of an array is told of its own batches", async () => {
  await using server = await serveHere();
  const { body } = await post(server.url, [
    { query: '{ upper(x: "a") }' },
    { query: '{ length(x: "a") }' },
    { query: "{ __typename }" },
    { query: '{ upper(x: "b") }' },
  ]);
  const fields = body.map(({ extensions }) =>
    (extensions?.batches as { field: string }[] | undefined)?.map((batch) => batch.field),
  );
  expect(fields).toEqual([["Query.upper"], ["Query.length"], undefined, ["Query.upper"]]);
});

test("an operation that no batch has served says nothing", async () => {
  await using server = await serveHere();
  expect((await query(server.url, "{ __typename }")).body).toEqual({ data: { __typename: "Query" } });
  expect(factsIn(await query(server.url, getIntrospectionQuery()))).toBeUndefined();
  expect(factsIn(await query(server.url, "{ nothing }"))).toBeUndefined();
});

test("a batch that failed, or whose answer came too late, is told, and the status stays", async () => {
  await using server = await serveHere();
  const accept = { headers: { Accept: "application/graphql-response+json" } };
  const failed = await query(server.url, '{ failing(x: "a") }', {}, accept);
  expect(failed.body.errors).toMatchObject([{ extensions: { code: "BATCH_FAILED" } }]);
  expect(factsIn(failed)).toMatchObject([{ field: "Query.failing", size: 1, reason: "size" }]);
  const late = await query(server.url, '{ hanging(x: "a") }', {}, accept);
  expect(late.body.errors).toMatchObject([{ extensions: { code: "BATCH_TIMEOUT" } }]);
  expect(factsIn(late)).toMatchObject([{ field: "Query.hanging", id: "hanging#1" }]);
});

test("nothing that others asked for is told", async () => {
  await using server = await serveHere();
  const [mine] = await Promise.all([
    query(server.url, '{ upper(x: "mine") }'),
    query(server.url, '{ upper(x: "secret") }'),
  ]);
  expect(factsIn(mine)).toHaveLength(1);
  expect(JSON.stringify(mine.body).toLowerCase()).not.toContain("secret");
});

describe("a subscription", () => {
  type Word = { readonly text: string };

  const ofLoud = (number: number) => [expect.objectContaining({ field: "Word.loud", id: `loud#${number}` })];

  /** Serves a word for each event, and gives all of them to one who subscribes. */
  async function eventsOf(words: readonly string[], loud: object, options: ServeOptions, init?: RequestInit) {
    const typeDefs = `
      type Query { a: String }
      type Subscription { words: Word! }
      type Word { loud: String @batch(maxBatchSize: 1), firm: String! }
    `;
    const resolvers = {
      Query: { a: () => "a" },
      Subscription: {
        words: {
          async *subscribe() {
            for (const text of words) yield { words: { text } };
          },
        },
      },
      Word: {
        loud,
        async firm({ text }: Word) {
          if (text === "weak") throw new Error("too weak");
          return text;
        },
      },
    };
    await using server = await serve(typeDefs, resolvers, options);
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      body: JSON.stringify({ query: "subscription { words { loud firm } }" }),
      headers: { "Content-Type": "application/json", Accept: "text/event-stream", ...init?.headers },
    });
    const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: {"));
    return lines.map((line): GraphQLAnswer => JSON.parse(line.slice("data: ".length)));
  }

  const loud = (keys: readonly string[]) => keys.map((text) => text.toUpperCase());
  const key = ({ text }: Word) => text;

  test("each event is told of its own batches, and one that needed none says nothing", async () => {
    const cached = batched(loud, { key, cache: { maxEntries: 10, ttlMs: 60_000 } });
    const events = await eventsOf(["one", "two", "one"], cached, { batchFacts: "on" });
    expect(events).toMatchObject([
      { data: { words: { loud: "ONE" } }, extensions: { batches: ofLoud(1) } },
      { data: { words: { loud: "TWO" } }, extensions: { batches: ofLoud(2) } },
      { data: { words: { loud: "ONE" } } },
    ]);
    expect(events[2]?.extensions).toBeUndefined();
  });

  test("a batch that comes too late for its event is told in no other", async () => {
    // The weak word is answered, as null, while its other field still looks for a key: that comes with the next event.
    const second = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const field = batched(
      (keys: readonly string[]) => {
        if (keys.includes("weak")) late.resolve();
        return loud(keys);
      },
      {
        async key({ text }: Word) {
          if (text !== "weak") second.resolve();
          await (text === "weak" ? second : late).promise;
          return text;
        },
      },
    );
    const events = await eventsOf(["weak", "strong"], field, { batchFacts: "on" });
    expect(events.map(({ data, extensions }) => [data, extensions?.batches])).toEqual([
      [null, undefined],
      [{ words: { loud: "STRONG", firm: "strong" } }, ofLoud(2)],
    ]);
  });

  test("header: who asks with it, and nobody else", async () => {
    const field = batched(loud, { key });
    const [asked] = await eventsOf(["one"], field, { batchFacts: "header" }, ASKING);
    const [other] = await eventsOf(["one"], field, { batchFacts: "header" });
    expect([asked?.extensions?.batches, other?.extensions]).toEqual([ofLoud(1), undefined]);
  });
});

describe("who is told", () => {
  test("on: everyone", async () => {
    await using server = await serveHere({ batchFacts: "on" });
    expect(await factsOfLength(server)).toEqual(OF_LENGTH);
  });

  test("off: nobody, not even who asks", async () => {
    await using server = await serveHere({ batchFacts: "off" });
    expect(await factsOfLength(server, ASKING)).toBeUndefined();
  });

  test("header: who asks with it, and nobody else", async () => {
    await using server = await serveHere({ batchFacts: "header" });
    expect(await factsOfLength(server)).toBeUndefined();
    expect(await factsOfLength(server, { headers: { "Jitney-Batches": "no" } })).toBeUndefined();
    expect(await factsOfLength(server, ASKING)).toMatchObject([{ id: "length#3" }]);
  });

  test.each(["Show", " SHOW ", "show, show", "no, show", "show,"])(
    "header: %j asks, too: in any case, and among several values",
    async (value) => {
      await using server = await serveHere({ batchFacts: "header" });
      const asking = { headers: { "Jitney-Batches": value } };
      expect(await factsOfLength(server, asking)).toEqual(OF_LENGTH);
    },
  );

  test("header: a value that only holds the word does not ask", async () => {
    await using server = await serveHere({ batchFacts: "header" });
    for (const value of ["showing", "no show", "no-show", ","]) {
      expect(await factsOfLength(server, { headers: { "Jitney-Batches": value } })).toBeUndefined();
    }
  });

  test("header: who shares the batch of one who asks is told nothing", async () => {
    await using server = await serveHere({ batchFacts: "header" });
    const [asking, other] = await Promise.all([
      query(server.url, '{ upper(x: "a") }', {}, ASKING),
      query(server.url, '{ upper(x: "b") }'),
    ]);
    expect(factsIn(asking)).toHaveLength(1);
    expect(other.body).toEqual({ data: { upper: "B" } });
  });

  test.each([
    ["production", undefined],
    ["development", OF_LENGTH],
  ])("by default, in %s", async (environment, facts) => {
    vi.stubEnv("NODE_ENV", environment);
    await using server = await serveHere({ batchFacts: undefined });
    expect(await factsOfLength(server, ASKING)).toEqual(facts);
  });

  test("a mode that is none is refused in one line", async () => {
    await expect(serveHere({ batchFacts: "yes" as never })).rejects.toThrow(
      'batchFacts: expected on, off or header, but got: "yes"',
    );
    await using server = startJitney(["--batch-facts", "maybe"]);
    expect(await server.ended()).toMatchObject({
      exitCode: 2,
      stderr: 'jitney: --batch-facts: expected on, off or header, but got: "maybe"\n',
    });
  });
});
