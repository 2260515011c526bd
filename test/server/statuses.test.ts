// What a client is told, and with which status, when batching has no answer for it.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { GraphQLError } from "graphql";
import { describe, expect, test, vi } from "vitest";
import type { BatchErrorCode, BatchFunction, Limits } from "../../src/batching/index.ts";
import { batched } from "../../src/index.ts";
import type { JitneyServer } from "../../src/server/index.ts";
import { type Answer, post, query } from "../support/graphql-client.ts";
import { serve } from "../support/serve.ts";
import { startJitney } from "../support/server-process.ts";

const MEDIA_TYPES = ["application/json", "application/graphql-response+json"] as const;

/** How a state of the server is waited for. */
const POLL = { interval: 2, timeout: 10_000 };

/** What another caller's data looks like in an error message. It must reach the log, and nobody else. */
const SECRET = "no route to db-7 for tenant blue";

type Words = BatchFunction<{ readonly x: string }, string>;

const upper: Words = (keys) => keys.map(({ x }) => x.toUpperCase());

const hang: Words = () => new Promise(() => {});

const fail: Words = () => {
  throw new Error(SECRET);
};

interface Failure {
  readonly code: BatchErrorCode;
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  /** The set-up that makes the next request fail with the code. */
  readonly limits: Partial<Limits>;
  readonly batchFunction: Words;
  readonly arrange?: (server: JitneyServer) => Promise<unknown>;
}

const FAILURES: readonly Failure[] = [
  {
    code: "BATCH_QUEUE_FULL",
    status: 503,
    message: "The queue is full: its size is 1",
    retryAfterSeconds: 1,
    limits: { maxQueueSize: 1, maxBatchSize: 1, concurrency: 1, abortGraceMs: 0 },
    batchFunction: hang,
    arrange: fillQueues,
  },
  {
    code: "BATCH_TIMEOUT",
    status: 504,
    message: "No answer within 20 ms",
    limits: { timeoutMs: 20, maxDelayMs: 0, abortGraceMs: 0 },
    batchFunction: hang,
  },
  {
    code: "BATCH_FAILED",
    status: 500,
    message: "The batch function failed",
    limits: { maxDelayMs: 0 },
    batchFunction: fail,
  },
  {
    code: "BATCH_SHUTTING_DOWN",
    status: 503,
    message: "The server is shutting down",
    retryAfterSeconds: 1,
    limits: {},
    batchFunction: upper,
    arrange: ({ fields }) => Promise.all(fields.map(({ batcher }) => batcher.drain())),
  },
];

/** For each field one key that runs and one that waits, which is all that `maxQueueSize: 1` allows. */
async function fillQueues({ url, fields }: JitneyServer): Promise<void> {
  for (const x of ["runs", "waits"]) {
    // Ends with the server, and is not what the test looks at.
    void query(url, "query ($x: String!) { must(x: $x) may(x: $x) }", { x });
    const places = x === "runs" ? "runningBatches" : "waitingCallers";
    await vi.waitUntil(() => fields.every(({ batcher }) => batcher.stats()[places] === 1), POLL);
  }
}

async function serveFailing({ limits, batchFunction, arrange }: Failure) {
  const server = await serve(
    `type Query {
      must(x: String!): String! @batch
      may(x: String!): String @batch
      plain: String!
    }`,
    { Query: { must: batched(batchFunction), may: batched(batchFunction), plain: () => "here" } },
    // What hangs for ever shall not hold up the end of the test.
    { limits, drainTimeoutMs: 0 },
  );
  await arrange?.(server);
  return server;
}

/** The error as it is sent. */
function sent({ code, message, retryAfterSeconds }: Failure, field: string) {
  return {
    message,
    locations: [{ line: 1, column: 3 }],
    path: [field],
    extensions: retryAfterSeconds === undefined ? { code } : { code, retryAfterSeconds },
  };
}

/** All that a client sees of an answer. */
function seen({ status, headers, body }: Answer) {
  return { status, type: headers.get("content-type"), retryAfter: headers.get("retry-after"), body };
}

describe.each(FAILURES)("$code", (failure) => {
  describe.each(MEDIA_TYPES)("as %s", (mediaType) => {
    const init = { headers: { Accept: mediaType } };
    const type = `${mediaType}; charset=utf-8`;

    test(`is a ${failure.status} where it leaves no data`, async () => {
      await using server = await serveFailing(failure);
      const answer = await query(server.url, '{ must(x: "cat") }', {}, init);
      expect(seen(answer)).toEqual({
        status: failure.status,
        type,
        retryAfter: failure.retryAfterSeconds === undefined ? null : String(failure.retryAfterSeconds),
        body: { data: null, errors: [sent(failure, "must")] },
      });
    });

    test("is told beside the data of other fields, with a 200", async () => {
      await using server = await serveFailing(failure);
      const answer = await query(server.url, '{ may(x: "cat") plain }', {}, init);
      expect(seen(answer)).toEqual({
        status: 200,
        type,
        retryAfter: null,
        body: { data: { may: null, plain: "here" }, errors: [sent(failure, "may")] },
      });
    });

    test("is told to its own operation of an array, with a 200", async () => {
      await using server = await serveFailing(failure);
      const operations = [{ query: '{ must(x: "cat") }' }, { query: "{ plain }" }];
      expect(seen(await post(server.url, operations, init))).toEqual({
        status: 200,
        type,
        retryAfter: null,
        body: [{ data: null, errors: [sent(failure, "must")] }, { data: { plain: "here" } }],
      });
    });
  });
});

describe("several codes at once", () => {
  /** Fields whose names say how they fail; `slow` is the last to fail, and leaves no data. */
  async function serveSeveral() {
    const server = await serve(
      `type Query {
        broken(x: String!): String @batch(maxDelayMs: 0)
        slow(x: String!): String! @batch(maxDelayMs: 0, timeoutMs: 200)
        closed(x: String!): String @batch
        unknown(x: String!): String @batch(maxDelayMs: 0)
        plain: String
      }`,
      {
        Query: {
          broken: batched(fail),
          slow: batched(hang),
          closed: batched(upper),
          unknown: batched<{ x: string }, string>((keys) =>
            keys.map(
              () =>
                new GraphQLError("No such word", {
                  extensions: { code: "UNKNOWN", retryAfterSeconds: "never" },
                }),
            ),
          ),
          plain: () => {
            throw new Error(SECRET);
          },
        },
      },
      { limits: { abortGraceMs: 0 } },
    );
    await server.fields.find(({ coordinate }) => coordinate === "Query.closed")?.batcher.drain();
    return server;
  }

  const codesOf = ({ body }: Answer) => body.errors?.map(({ extensions }) => extensions?.code).sort();

  test("a 503 wins, because the client may try again, and it says when", async () => {
    await using server = await serveSeveral();
    const answer = await query(server.url, '{ broken(x: "a") closed(x: "b") slow(x: "c") }');
    expect(codesOf(answer)).toEqual(["BATCH_FAILED", "BATCH_SHUTTING_DOWN", "BATCH_TIMEOUT"]);
    expect(seen(answer)).toMatchObject({ status: 503, retryAfter: "1", body: { data: null } });
  });

  test("a 504 wins over a 500, and has no Retry-After", async () => {
    await using server = await serveSeveral();
    const answer = await query(server.url, '{ broken(x: "a") slow(x: "c") }');
    expect(codesOf(answer)).toEqual(["BATCH_FAILED", "BATCH_TIMEOUT"]);
    expect(seen(answer)).toMatchObject({ status: 504, retryAfter: null, body: { data: null } });
  });

  test("Jitney's own code wins over the errors of others", async () => {
    await using server = await serveSeveral();
    const answer = await query(server.url, '{ plain unknown(x: "a") slow(x: "c") }');
    expect(codesOf(answer)).toEqual(["BATCH_TIMEOUT", "INTERNAL_SERVER_ERROR", "UNKNOWN"]);
    expect(seen(answer)).toMatchObject({ status: 504, retryAfter: null, body: { data: null } });
  });

  test("what the errors of others say of another try does not take the Retry-After away", async () => {
    await using server = await serveSeveral();
    const answer = await query(server.url, '{ closed(x: "a") unknown(x: "b") slow(x: "c") }');
    expect(codesOf(answer)).toEqual(["BATCH_SHUTTING_DOWN", "BATCH_TIMEOUT", "UNKNOWN"]);
    expect(seen(answer)).toMatchObject({ status: 503, retryAfter: "1", body: { data: null } });
  });

  test("all of them are told beside the data of other fields, with a 200", async () => {
    await using server = await serveSeveral();
    const answer = await query(server.url, '{ __typename broken(x: "a") closed(x: "b") }');
    expect(codesOf(answer)).toEqual(["BATCH_FAILED", "BATCH_SHUTTING_DOWN"]);
    expect(seen(answer)).toMatchObject({
      status: 200,
      retryAfter: null,
      body: { data: { __typename: "Query", broken: null, closed: null } },
    });
  });
});

describe("the Error of one key", () => {
  const NO_SUCH_WORD = { code: "NO_SUCH_WORD", didYouMean: ["cat"], retryAfterSeconds: 7 };

  /** `cta` gets a GraphQLError, `dgo` any other one, and every other word its value. */
  const spell: Words = (keys) =>
    keys.map(({ x }) => {
      if (x === "cta") return new GraphQLError("No such word", { extensions: NO_SUCH_WORD });
      if (x === "dgo") return new Error(SECRET);
      return x.toUpperCase();
    });

  function serveSpelling() {
    return serve(
      "type Query { word(x: String!): String! @batch maybe(x: String!): String @batch }",
      { Query: { word: batched(spell), maybe: batched(spell) } },
      { limits: { maxDelayMs: 0 } },
    );
  }

  test.each(MEDIA_TYPES)(
    "keeps its message and extensions where it is a GraphQLError, as %s",
    async (mediaType) => {
      await using server = await serveSpelling();
      const answer = await query(server.url, '{ word(x: "cta") }', {}, { headers: { Accept: mediaType } });
      const error = { message: "No such word", path: ["word"], extensions: NO_SUCH_WORD };
      // Not one of Jitney's codes: the status is the server's own, and so is what it says of another try.
      expect(seen(answer)).toEqual({
        status: 200,
        type: `${mediaType}; charset=utf-8`,
        retryAfter: null,
        body: { data: null, errors: [{ ...error, locations: [{ line: 1, column: 3 }] }] },
      });
    },
  );

  test.each(MEDIA_TYPES)("is masked where it is any other Error, as %s", async (mediaType) => {
    await using server = await serveSpelling();
    const answer = await query(server.url, '{ word(x: "dgo") }', {}, { headers: { Accept: mediaType } });
    const error = { message: "The batch function failed for this key", path: ["word"] };
    expect(seen(answer)).toEqual({
      status: 500,
      type: `${mediaType}; charset=utf-8`,
      retryAfter: null,
      body: {
        data: null,
        errors: [{ ...error, locations: [{ line: 1, column: 3 }], extensions: { code: "BATCH_FAILED" } }],
      },
    });
    expect(JSON.stringify(server.log.faults)).toContain(SECRET);
  });

  test("does not reach the callers of other keys in the same batch", async () => {
    await using server = await serveSpelling();
    const { status, body } = await query(
      server.url,
      '{ good: maybe(x: "cat") odd: maybe(x: "cta") bad: maybe(x: "dgo") }',
    );
    expect(status).toBe(200);
    expect(body.data).toEqual({ good: "CAT", odd: null, bad: null });
    expect(body.errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
      [["odd"], "NO_SUCH_WORD"],
      [["bad"], "BATCH_FAILED"],
    ]);
  });
});

describe("the text of an unexpected error", () => {
  test.each(["development", "production"])(
    "appears nowhere in an answer with NODE_ENV=%s, only in the log",
    async (environment) => {
      const directory = await mkdtemp(join(tmpdir(), "jitney-statuses-"));
      try {
        const schema = join(directory, "schema.graphql");
        const resolvers = join(directory, "resolvers.ts");
        await writeFile(
          schema,
          "type Query { all(x: String!): String! @batch one(x: String!): String! @batch plain: String! }",
        );
        await writeFile(resolvers, resolversThatFail());
        await using server = startJitney(["--schema", schema, "--resolvers", resolvers], {
          NODE_ENV: environment,
        });
        const url = await server.url();
        for (const text of ['{ all(x: "cat") }', '{ one(x: "cat") }', "{ plain }"]) {
          for (const mediaType of MEDIA_TYPES) {
            const { body, headers } = await query(url, text, {}, { headers: { Accept: mediaType } });
            const whole = JSON.stringify([body, ...headers]);
            expect(body).toMatchObject({ data: null, errors: [{ path: [expect.any(String)] }] });
            expect(whole).not.toContain(SECRET);
            expect(whole).not.toContain("resolvers.ts");
          }
        }
        const logged = () => server.faults.filter((entry) => JSON.stringify(entry).includes(SECRET));
        await vi.waitUntil(() => logged().length === 6, POLL);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  );

  /** A module of resolvers: a batch that fails, a key that fails, and a resolver that is not batched. */
  function resolversThatFail(): string {
    const jitney = pathToFileURL(join(import.meta.dirname, "../../src/index.ts")).href;
    const error = `new Error(${JSON.stringify(SECRET)})`;
    return `
      import { batched } from ${JSON.stringify(jitney)};
      const all = batched(() => { throw ${error}; });
      const one = batched((keys) => keys.map(() => ${error}));
      const plain = () => { throw ${error}; };
      export default { Query: { all, one, plain } };
    `;
  }
});
