// Requests for /metrics and /batches that are refused before the page is asked: by their headers, and by their method.

import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { type ServedJitney, type ServeOptions, serve } from "../support/serve.ts";

const TOKEN = "a-token-that-nobody-guesses";
const ORIGIN = "https://shop.example";

function serveUpper(options: ServeOptions = {}): Promise<ServedJitney> {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  const typeDefs = "type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }";
  return serve(typeDefs, { Query: { upper } }, options);
}

/** The answer, as it comes over the connection, to a GET with these headers. */
async function get({ url }: ServedJitney, path: string, headers: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${path} HTTP/1.1\r\n${[...headers, "Connection: close"].join("\r\n")}\r\n\r\n`);
  return await text(socket);
}

describe.each(["/metrics", "/batches", "/batches/events", "/nonsense"])("%s", (path) => {
  test.each([
    ["host", ["Host: localhost", "Host: evil.example"]],
    ["host", ["Host: evil.example", "Host: localhost"]],
    ["authorization", ["Host: localhost", `Authorization: Bearer ${TOKEN}`, "authorization: Bearer other"]],
  ])("with the header %s twice: 400", async (name, headers) => {
    await using server = await serveUpper({ auth: { token: TOKEN } });
    const answer = await get(server, path, headers);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain(`The header ${name} is there more than once`);
    expect(answer).not.toMatch(/jitney_|upper/);
  });
});

test("the open probes answer whatever headers are there", async () => {
  await using server = await serveUpper();
  expect(await get(server, "/ready", ["Host: a", "Host: b"])).toMatch(/^HTTP\/1\.1 200 /);
});

describe.each(["/metrics", "/batches", "/batches/events", "/batches/nothing?a=b"])("%s", (path) => {
  test.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("by %s: 405", async (method) => {
    await using server = await serveUpper({ auth: { token: TOKEN }, cors: { origins: [ORIGIN] } });
    // As a browser asks before it asks: no page of another site is allowed anything here.
    const headers = { Origin: ORIGIN, "Access-Control-Request-Method": "GET" };
    const response = await fetch(`${server.url}${path}`, { method, headers });
    expect(await response.json()).toEqual({
      errors: [
        {
          message: "This page can only be read, by GET or HEAD",
          extensions: { code: "METHOD_NOT_ALLOWED" },
        },
      ],
    });
    expect([
      response.status,
      response.headers.get("allow"),
      response.headers.get("access-control-allow-origin"),
    ]).toEqual([405, "GET, HEAD", null]);
  });
});

test("where there is no such page, any method is answered 404", async () => {
  await using server = await serveUpper({ metrics: false, batchesPage: false });
  for (const path of ["/metrics", "/batches"]) {
    for (const method of ["GET", "POST"]) {
      const response = await fetch(`${server.url}${path}`, { method });
      await response.body?.cancel();
      expect(response.status).toBe(404);
    }
  }
});
