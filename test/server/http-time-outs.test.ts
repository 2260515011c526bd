// Clients that take their time: to send what they ask, and to read what they get.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { batched } from "../../src/index.ts";
import { upper } from "../support/graphql-client.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { upper(x: String!): String! @batch(maxDelayMs: 0) long: String! }";
const HEAD = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

async function serveUpper(options: ServeOptions, typeDefs = TYPE_DEFS) {
  const resolvers = {
    Query: {
      upper: batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())),
      long: () => "x".repeat(30_000_000),
    },
  };
  return await serve(typeDefs, resolvers, options);
}

/** A client that writes bytes of its own. */
async function clientOf(
  url: string,
): Promise<{ socket: Socket; all: Promise<{ text: string; ms: number }> }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  const start = performance.now();
  let text = "";
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  const all = new Promise<{ text: string; ms: number }>((resolve) => {
    socket.once("close", () => resolve({ text, ms: performance.now() - start }));
  });
  return { socket, all };
}

/** Writes a text letter by letter, for a while: what is written as it is cut off can cost it the answer. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const letter of text.slice(0, 8)) {
    socket.write(letter);
    await sleep(20);
  }
}

test.each([
  ["whose headers come letter by letter", HEAD.repeat(10)],
  ["that says nothing", ""],
])("a client %s gets a 408 when its time is up, and is cut off", async (_what, text) => {
  await using server = await serveUpper({ headersTimeoutMs: 200 });
  const { socket, all } = await clientOf(server.url);
  await drip(socket, text);
  const { text: answer, ms } = await all;
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(ms).toBeGreaterThan(190);
  expect(ms).toBeLessThan(1_500);
  expect(server.log.faults).toEqual([]);
});

test.each([
  ["of a known length", `${HEAD}Content-Length: 1000\r\n\r\n`, " ".repeat(500)],
  ["in chunks", `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, "1\r\n \r\n".repeat(100)],
])("a client whose body, %s, comes letter by letter gets a 408, and is cut off", async (_how, head, body) => {
  await using server = await serveUpper({ requestTimeoutMs: 300 });
  const { socket, all } = await clientOf(server.url);
  socket.write(head);
  await drip(socket, body);
  const { text: answer, ms } = await all;
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(ms).toBeGreaterThan(290);
  expect(ms).toBeLessThan(2_000);
  expect(await upper(server.url, "cat")).toBe("CAT");
  expect(server.log.faults).toEqual([]);
});

test("a request that waits for its batch, longer than it might take to arrive, is answered", async () => {
  const typeDefs = TYPE_DEFS.replace("maxDelayMs: 0", "maxDelayMs: 1200");
  const times = { headersTimeoutMs: 100, requestTimeoutMs: 200, keepAliveTimeoutMs: 100 };
  await using server = await serveUpper(times, typeDefs);
  const start = performance.now();
  expect(await upper(server.url, "cat")).toBe("CAT");
  expect(performance.now() - start).toBeGreaterThan(1_190);
});

test("a connection with nothing to do is closed after keepAliveTimeoutMs", async () => {
  await using server = await serveUpper({ keepAliveTimeoutMs: 100 });
  const { socket, all } = await clientOf(server.url);
  socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const { text, ms } = await all;
  expect(text).toContain('{"status":"ok"}');
  expect(ms).toBeGreaterThan(90);
  // Node adds a second of its own.
  expect(ms).toBeLessThan(3_000);
});

test("empty lines on a connection with nothing to do keep it open no longer", async () => {
  await using server = await serveUpper({ keepAliveTimeoutMs: 200, headersTimeoutMs: 200 });
  const { socket, all } = await clientOf(server.url);
  socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const drips = setInterval(() => socket.write("\r\n"), 50);
  onTestFinished(() => clearInterval(drips));
  const { text, ms } = await all;
  clearInterval(drips);
  expect(text).toContain('{"status":"ok"}');
  expect(ms).toBeLessThan(4_000);
});

test("a client that never reads its answer is cut off, and the answer is let go", async () => {
  await using server = await serveUpper({ requestTimeoutMs: 100 });
  const { socket, all } = await clientOf(server.url);
  socket.pause();
  const body = '{"query":"{long}"}';
  socket.write(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
  // 100 ms for each mebibyte that the connection does not hold itself, but no more than ten times that.
  await sleep(2_000);
  socket.resume();
  const { text } = await all;
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text.length).toBeLessThan(30_000_000);
  // It would wait for an answer that is not taken.
  const start = performance.now();
  await server.drain();
  expect(performance.now() - start).toBeLessThan(500);
  expect(server.log.faults).toEqual([]);
});

test("a client that reads slowly, but reads, gets all of its answer", async () => {
  await using server = await serveUpper({ requestTimeoutMs: 500 });
  const { socket, all } = await clientOf(server.url);
  const body = '{"query":"{long}"}';
  let text = "";
  socket.on("data", (chunk: string) => {
    text = chunk;
    socket.pause();
    setTimeout(() => socket.resume(), 2);
  });
  socket.write(`${HEAD}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await vi.waitFor(() => expect(text).toMatch(/x"}}$/), { timeout: 15_000, interval: 50 });
  expect((await all).text.length).toBeGreaterThan(30_000_000);
});

test("headers may not take longer than the request that they are of", async () => {
  const refused = serveUpper({ headersTimeoutMs: 2_000, requestTimeoutMs: 1_000 });
  await expect(refused).rejects.toThrow(
    "headersTimeoutMs: expected at most requestTimeoutMs (1000), but got: 2000",
  );
  await using server = await serveUpper({ requestTimeoutMs: 1_000 });
  expect(await upper(server.url, "cat")).toBe("CAT");
});
