// What becomes of requests on the direct way: clients that leave, servers that end, bodies that are too large.

import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { EXECUTION_SIGNAL } from "../../../src/graphql/execution-signal.ts";
import { batched } from "../../../src/index.ts";
import { DirectRequest } from "../../../src/server/direct/direct-request.ts";
import { type Posted, partsOf, withoutDate, YOGA_PATHS } from "../../support/both-ways.ts";
import { query } from "../../support/graphql-client.ts";
import { RawConnection, rawUntilClose } from "../../support/raw-connection.ts";
import { type ServeOptions, serve } from "../../support/serve.ts";

const TYPE_DEFS = `
  type Query { upper(x: String!): String! @batch(maxBatchSize: 2, maxDelayMs: 20000), wait(x: String!): String }
`;
const WAYS = ["/graphql", YOGA_PATHS[0]] as const;

interface Context {
  readonly request: Request;
  readonly [EXECUTION_SIGNAL]: AbortSignal;
}

/** An operation that has begun. */
interface Begun {
  readonly x: string;
  readonly context: Context;
  readonly isDirect: boolean;
  readonly end: (value: string) => void;
}

/** `upper` is batched in twos; `wait` is over when the test says so. Both queries are known. */
async function serveHeld(options: ServeOptions = {}) {
  const begun: Begun[] = [];
  const batches: string[][] = [];
  const begin = (x: string, context: Context): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    begun.push({ x, context, isDirect: context.request instanceof DirectRequest, end: resolve });
    return promise;
  };
  const resolvers = {
    Query: {
      upper: batched(
        (keys: readonly { readonly x: string }[]) => {
          batches.push(keys.map(({ x }) => x));
          return keys.map(({ x }) => x.toUpperCase());
        },
        {
          partitionBy: (context: Context, { x }: { readonly x: string }) => {
            void begin(x, context);
            return "";
          },
        },
      ),
      wait: (_: unknown, { x }: { readonly x: string }, context: Context) => begin(x, context),
    },
  };
  const server = await serve(TYPE_DEFS, resolvers, options);
  const pair = ["a", "b"].map((x) => query(server.url, QUERIES.upper, { x }));
  await Promise.all(pair);
  const known = rawUntilClose(server.url, bytesOf("wait", "known", "/graphql", ["Connection: close"]));
  const one = await next(begun, "known");
  one.end("x");
  await known;
  begun.length = 0;
  batches.length = 0;
  return Object.assign(server, { begun, batches });
}

const QUERIES = {
  upper: "query ($x: String!) { upper(x: $x) }",
  wait: "query ($x: String!) { wait(x: $x) }",
};

function posted(field: keyof typeof QUERIES, x: string, headers: readonly string[] = []): Posted {
  const body = JSON.stringify({ query: QUERIES[field], variables: { x } });
  return { headers: ["Content-Type: application/json", ...headers], body };
}

function bytesOf(
  field: keyof typeof QUERIES,
  x: string,
  path: string,
  headers: readonly string[] = [],
): Buffer {
  return Buffer.concat(partsOf(posted(field, x, headers), path));
}

async function next(begun: readonly Begun[], x: string): Promise<Begun> {
  return await vi.waitUntil(() => begun.find((one) => one.x === x), { interval: 2 });
}

function open(url: string, bytes: Buffer): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  return socket;
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

test.each(WAYS)(
  "%s: the key of a client that leaves is not computed, and its batch-mates are served",
  async (path) => {
    await using server = await serveHeld();
    const gone = open(server.url, bytesOf("upper", "gone", path));
    const { context, isDirect } = await next(server.begun, "gone");
    expect(isDirect).toBe(path === "/graphql");
    const left = [aborted(context.request.signal), aborted(context[EXECUTION_SIGNAL])];
    gone.destroy();
    await Promise.all(left);
    expect(context.request.signal.reason).toMatchObject({ name: "AbortError" });

    using one = new RawConnection(server.url);
    using other = new RawConnection(server.url);
    const answers = await Promise.all([
      one.ask(bytesOf("upper", "one", path)),
      other.ask(bytesOf("upper", "other", path)),
    ]);
    expect(answers.map(({ body }) => JSON.parse(body).data.upper).sort()).toEqual(["ONE", "OTHER"]);
    expect(server.batches.flat().sort()).toEqual(["one", "other"]);
    expect(server.log.faults).toEqual([]);
  },
);

test.each(WAYS)("%s: a client that leaves while its resolver runs harms nobody", async (path) => {
  await using server = await serveHeld();
  const gone = open(server.url, bytesOf("wait", "gone", path));
  const { context, isDirect, end } = await next(server.begun, "gone");
  expect(isDirect).toBe(path === "/graphql");
  // Asked for only once the client has left: it has aborted by then.
  const hasLeft = aborted(context[EXECUTION_SIGNAL]);
  gone.destroy();
  await hasLeft;
  expect(context.request.signal.aborted).toBe(true);
  end("for nobody");
  using here = new RawConnection(server.url);
  const answer = here.ask(bytesOf("wait", "here", path));
  (await next(server.begun, "here")).end("x");
  expect((await answer).body).toBe('{"data":{"wait":"x"}}');
  expect(server.log.faults).toEqual([]);
});

test("a client that leaves before its body is whole has nothing run", async () => {
  await using server = await serveHeld();
  const bytes = bytesOf("wait", "half", "/graphql");
  const gone = open(server.url, bytes.subarray(0, -5));
  using here = new RawConnection(server.url);
  const answer = here.ask(bytesOf("wait", "here", "/graphql"));
  (await next(server.begun, "here")).end("x");
  await answer;
  gone.destroy();
  // A drain would wait for what is left of it.
  await server.drain();
  expect(server.begun.map(({ x }) => x)).toEqual(["here"]);
  expect(server.log.faults).toEqual([]);
});

test.each(WAYS)("%s: to have been answered aborts no request's signal, but the execution's", async (path) => {
  await using server = await serveHeld();
  const connection = new RawConnection(server.url);
  const answer = connection.ask(bytesOf("wait", "here", path));
  const { context, end } = await next(server.begun, "here");
  const { signal } = context.request;
  const told = vi.fn();
  signal.addEventListener("abort", told);
  end("x");
  await answer;
  await aborted(context[EXECUTION_SIGNAL]);
  const again = connection.ask(bytesOf("wait", "silent", path));
  const silent = await next(server.begun, "silent");
  silent.end("x");
  await again;
  connection[Symbol.dispose]();
  await server.drain();
  await nextTurn();
  expect(signal.aborted).toBe(false);
  // Whoever asks for it only now is told the same.
  expect(silent.context.request.signal.aborted).toBe(false);
  expect(told).not.toHaveBeenCalled();
});

test("a server that ends answers what it has taken, and says so to what comes later: the same on both ways", async () => {
  const seen: string[] = [];
  for (const path of WAYS) {
    await using server = await serveHeld();
    const batch = rawUntilClose(server.url, bytesOf("upper", "waits", path));
    const { isDirect } = await next(server.begun, "waits");
    expect(isDirect).toBe(path === "/graphql");
    const running = rawUntilClose(server.url, bytesOf("wait", "runs", path));
    const { end } = await next(server.begun, "runs");
    // Begun before the end, and a request after it. When the server has answered others, it has read that much.
    const bytes = bytesOf("wait", "late", path);
    const socket = open(server.url, bytes.subarray(0, 40));
    const late = textOf(socket);
    using others = new RawConnection(server.url);
    for (const _ of [1, 2, 3]) await others.ask("GET /health HTTP/1.1\r\nHost: jitney\r\n\r\n");

    const drained = server.drain();
    socket.write(bytes.subarray(40));
    const answers = [await batch, await late];
    end("x");
    answers.push(await running);
    await drained;
    expect(answers).toEqual([
      expect.stringMatching(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n.*{"upper":"WAITS"}/s),
      expect.stringMatching(/^HTTP\/1\.1 503 .*\r\nConnection: close\r\n.*BATCH_SHUTTING_DOWN/s),
      expect.stringMatching(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n.*"wait":"x"/s),
    ]);
    expect(server.begun.map(({ x }) => x)).toEqual(["waits", "runs"]);
    expect(server.log.faults).toEqual([]);
    seen.push(answers.map(withoutDate).join("\n"));
  }
  expect(seen[0]).toBe(seen[1]);
});

test("a body that is too large is refused, said or not, and nothing of it runs", async () => {
  await using server = await serveHeld({ maxBodyBytes: 1_000 });
  for (const framing of ["length", "chunked", "packets", "expect"] as const) {
    const large = { ...posted("wait", "x".repeat(2_000), ["Connection: close"]), framing };
    const [direct = "", yoga] = await Promise.all(
      WAYS.map((path) => rawUntilClose(server.url, Buffer.concat(partsOf(large, path)))),
    );
    expect(withoutDate(direct)).toBe(withoutDate(yoga ?? ""));
    expect(direct, framing).toMatch(/^HTTP\/1\.1 413 /);
  }
  expect(server.begun).toEqual([]);
});

test("requests in one packet are answered in their order, whichever is done first", async () => {
  await using server = await serveHeld();
  using connection = new RawConnection(server.url);
  const names = ["first", "second", "third"];
  const first = connection.ask(Buffer.concat(names.map((x) => bytesOf("wait", x, "/graphql"))));
  for (const x of names.toReversed()) {
    const one = await next(server.begun, x);
    expect(one.isDirect).toBe(true);
    one.end(x);
    await nextTurn();
  }
  const bodies = [await first, await connection.next(), await connection.next()].map(({ body }) => body);
  expect(bodies).toEqual(names.map((x) => JSON.stringify({ data: { wait: x } })));
});
