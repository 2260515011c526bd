// How /metrics is asked for, and what is left of it when the server has gone. (Who may see it: server/pages.test.ts.)

import { createRequire } from "node:module";
import { afterEach, describe, expect, test, vi } from "vitest";
import { batched } from "../../src/index.ts";
import { buildServedSchema, startServer } from "../../src/server/index.ts";
import { startFixture } from "../support/fixture-process.ts";
import { upper } from "../support/graphql-client.ts";
import { KeptLog } from "../support/log.ts";
import { parseMetrics } from "../support/metrics-text.ts";
import { scrape } from "../support/scrape.ts";
import { type ServeOptions, serve } from "../support/serve.ts";
import { startJitney } from "../support/server-process.ts";

const TYPE_DEFS = "type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }";
const EVENTS = ["loadEnd", "batchStart", "batchEnd"] as const;

function resolvers(answer: (word: string) => string | Promise<string> = (word) => word.toUpperCase()) {
  return {
    Query: {
      upper: batched((keys: readonly { x: string }[]) => Promise.all(keys.map(({ x }) => answer(x)))),
    },
  };
}

const serveUpper = (options: ServeOptions = {}) => serve(TYPE_DEFS, resolvers(), options);

afterEach(() => {
  vi.restoreAllMocks();
});

test("it is the text format of Prometheus, of this moment, for GET and for HEAD", async () => {
  await using server = await serveUpper();
  const [get, head] = [
    await fetch(`${server.url}/metrics`),
    await fetch(`${server.url}/metrics`, { method: "HEAD" }),
  ];
  for (const { status, headers } of [get, head]) {
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
      "no-store",
    ]);
  }
  const text = await get.text();
  expect(Number(get.headers.get("content-length"))).toBe(Buffer.byteLength(text));
  expect([await head.text(), Number(head.headers.get("content-length")) > 1_000]).toEqual(["", true]);
  const found = parseMetrics(text);
  expect(found.value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(found.value("jitney_build_info", { version: version() })).toBe(1);
});

test("a scraper that would rather have OpenMetrics gets the format that there is", async () => {
  await using server = await serveUpper();
  const Accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const response = await fetch(`${server.url}/metrics`, { headers: { Accept } });
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  parseMetrics(await response.text());
});

test("it cannot be posted to", async () => {
  await using server = await serveUpper();
  const { status, body } = await fetch(`${server.url}/metrics`, { method: "POST" });
  await body?.cancel();
  expect(status).toBe(405);
});

test("there is none with --metrics off, and in production there is with --metrics on", async () => {
  await using off = startJitney(["--metrics", "off"]);
  const { status, body } = await fetch(`${await off.url()}/metrics`);
  await body?.cancel();
  expect(status).toBe(404);
  await using on = startJitney(["--metrics", "on"], { NODE_ENV: "production" });
  expect((await scrape(await on.url())).value("jitney_max_batch_size")).toBe(32);
});

test("what goes wrong in a scrape is one line for the scraper, and the log says what", async () => {
  await using server = await serveUpper();
  const [field] = server.fields;
  if (field === undefined) throw new Error("no field");
  const stats = vi.spyOn(field.batcher, "stats").mockImplementation(() => {
    throw new Error("the password of db-7 is hunter2");
  });
  const response = await fetch(`${server.url}/metrics`);
  expect([response.status, await response.text()]).toEqual([
    500,
    "The metrics could not be collected: see the log\n",
  ]);
  expect(server.log.faults).toEqual([
    expect.objectContaining({
      level: "error",
      msg: "A scrape of /metrics failed",
      err: expect.objectContaining({ message: "the password of db-7 is hunter2" }),
    }),
  ]);
  stats.mockRestore();
  await scrape(server.url);
});

describe("the end", () => {
  test("a draining server is scraped as long as it takes connections", async () => {
    const held = Promise.withResolvers<string>();
    await using server = await serve(
      TYPE_DEFS,
      resolvers(() => held.promise),
      { drainDelayMs: 300 },
    );
    const answer = upper(server.url, "cat");
    const drained = server.drain();
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    const found = await scrape(server.url);
    expect(found.value("jitney_pending_callers")).toBe(1);
    held.resolve("CAT");
    expect(await answer).toBe("CAT");
    await drained;
  });

  test("no listener is left when the server has drained, or could not listen", async () => {
    const server = await serveUpper();
    const { events } = server.fields[0]?.batcher ?? {};
    const listeners = () => EVENTS.map((name) => events?.listenerCount(name));
    // Failures are logged, too.
    expect(listeners()).toEqual([1, 1, 2]);
    await server.drain();
    expect(listeners()).toEqual([0, 0, 0]);

    await using other = await serveUpper();
    const port = Number(new URL(other.url).port);
    const schema = buildServedSchema({
      typeDefs: TYPE_DEFS,
      typeDefsName: "a",
      resolvers: resolvers(),
      resolversName: "b",
    });
    await expect(startServer({ schema, port, logger: other.log })).rejects.toThrow("the port is in use");
    await using second = await startOf(schema);
    const [field] = second.fields;
    expect(EVENTS.map((name) => field?.batcher.events.listenerCount(name))).toEqual([1, 1, 2]);
  });

  test("servers that come and go watch the event loop and the garbage collector once", async () => {
    const hooks: typeof import("node:perf_hooks") = createRequire(import.meta.url)("node:perf_hooks");
    const monitor = vi.spyOn(hooks, "monitorEventLoopDelay");
    const observe = vi.spyOn(hooks.PerformanceObserver.prototype, "observe");
    for (let turn = 0; turn < 5; turn += 1) {
      await using server = await serveUpper();
      const found = await scrape(server.url);
      expect(found.value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
    }
    expect(monitor.mock.calls.length).toBeLessThanOrEqual(1);
    expect(observe.mock.calls.length).toBeLessThanOrEqual(1);
  });

  test("a process that has drained ends by itself", async () => {
    await using program = startFixture("scraped-server.ts");
    const { exitCode, stdout, stderr } = await program.endsByItself();
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "1 1\n", stderr: "" });
  });
});

async function startOf(schema: Parameters<typeof startServer>[0]["schema"]) {
  const server = await startServer({ schema, port: 0, logger: new KeptLog() });
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.drain() });
}

function version(): string {
  return createRequire(import.meta.url)("../../package.json").version;
}
