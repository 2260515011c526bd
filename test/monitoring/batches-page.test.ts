// The page /batches and its files, and what is left of it when the server has gone. (Who may see the batches:
// server/pages.test.ts.)

import { afterEach, expect, test, vi } from "vitest";
import { batched } from "../../src/index.ts";
import { loadPage } from "../support/batches-files.ts";
import { look } from "../support/batches-viewer.ts";
import { startFixture } from "../support/fixture-process.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }";
const TOKEN = "a-token-that-nobody-guesses";

/** A visitor who has nothing yet has to load it all. */
const MAX_PAGE_BYTES = 100_000;

const serveUpper = (options: ServeOptions = {}) => {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  return serve(TYPE_DEFS, { Query: { upper } }, options);
};

afterEach(() => {
  vi.unstubAllEnvs();
});

test("the page and every file that it names are there, small, and of this server alone", async () => {
  await using server = await serveUpper();
  const found = await loadPage(server.url);
  expect([...found.values()].filter(({ status }) => status !== 200)).toEqual([]);
  const names = [...found.keys()].map((address) => address.slice(server.url.length));
  for (const name of ["", "/icon.svg", "/main.js", "/page.css", "/uplot/uPlot.esm.js", "/history.js"]) {
    expect(names).toContain(`/batches${name}`);
  }
  expect(names).toContain("/batches/eventsource-parser/parse.js");
  const bytes = [...found.values()].reduce((sum, file) => sum + file.bytes, 0);
  expect(bytes).toBeGreaterThan(30_000);
  expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
  for (const [address, { text }] of found) {
    const elsewhere = [...text.matchAll(/(?:src|href|url|fetch|import)[=("' ]+https?:/g)];
    expect(elsewhere, address).toEqual([]);
  }
});

test("it may do nothing but what it needs", async () => {
  await using server = await serveUpper();
  const { headers } = await fetch(`${server.url}/batches`);
  const policy = headers.get("content-security-policy") ?? "";
  for (const part of [
    "default-src 'none'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]) {
    expect(policy).toContain(part);
  }
  expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}='/);
  expect(policy).not.toContain("unsafe");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
});

test("what a browser has already is not sent again", async () => {
  await using server = await serveUpper();
  for (const name of ["", "/main.js"]) {
    const first = await fetch(`${server.url}/batches${name}`);
    await first.body?.cancel();
    expect(first.headers.get("cache-control")).toBe("no-cache");
    const etag = first.headers.get("etag") ?? "";
    const second = await fetch(`${server.url}/batches${name}`, { headers: { "If-None-Match": etag } });
    expect([second.status, await second.text()]).toEqual([304, ""]);
  }
});

test("a path that nothing is at is said to be so, one with a slash leads to the page", async () => {
  await using server = await serveUpper();
  for (const name of ["/nothing", "/../package.json", "/%2e%2e/package.json", "/page.html", "/uplot/"]) {
    const { status } = await fetch(`${server.url}/batches${name}`);
    expect([name, status]).toEqual([name, 404]);
  }
  const withSlash = await fetch(`${server.url}/batches/`, { redirect: "manual" });
  expect([withSlash.status, withSlash.headers.get("location")]).toEqual([308, "../batches"]);
  const head = await fetch(`${server.url}/batches`, { method: "HEAD" });
  expect([head.status, Number(head.headers.get("content-length")) > 0, await head.text()]).toEqual([
    200,
    true,
    "",
  ]);
  const stream = await fetch(`${server.url}/batches/events`, { method: "HEAD" });
  expect([stream.status, stream.headers.get("content-type")]).toEqual([
    200,
    "text/event-stream; charset=utf-8",
  ]);
});

test("where GraphQL needs a token, everyone gets the page, and who has the token sees the batches", async () => {
  await using server = await serveUpper({ auth: { token: TOKEN } });
  const found = await loadPage(server.url);
  expect([...found.values()].filter(({ status }) => status !== 200)).toEqual([]);
  await using viewer = await look(server.url, { token: TOKEN });
  expect(viewer.hello).toMatchObject({ fields: ["Query.upper"], graphiql: "graphql" });
});

test("in production there is no such page, unless it is asked for, and it names no GraphiQL", async () => {
  vi.stubEnv("NODE_ENV", "production");
  {
    await using server = await serveUpper();
    for (const name of ["", "/main.js", "/events"]) {
      const response = await fetch(`${server.url}/batches${name}`);
      expect([response.status, (await response.text()).includes("bus")]).toEqual([404, false]);
    }
  }
  await using server = await serveUpper({ batchesPage: true });
  expect((await fetch(`${server.url}/batches`)).status).toBe(200);
  await using viewer = await look(server.url);
  expect(viewer.hello.graphiql).toBeNull();
});

test("a process whose batches were looked at ends by itself", async () => {
  await using program = startFixture("looked-at.ts");
  const { exitCode, stdout } = await program.endsByItself();
  const [field, msToEnd] = stdout.split("\n");
  expect([exitCode, field]).toEqual([0, "Query.upper"]);
  // Sooner than what was gathered is forgotten.
  expect(Number(msToEnd)).toBeLessThan(3_000);
});
