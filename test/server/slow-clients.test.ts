// Clients in great number that take their time on purpose, to keep a server busy with waiting: none of them stops anyone
// else, each is cut off in time, and nothing is left of them. One by one they are in http-time-outs.test.ts.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startFixture } from "../support/fixture-process.ts";
import { upper } from "../support/graphql-client.ts";
import type { Memory } from "../support/questions.ts";

const SLOW_CLIENTS = 200;
const BYTE_EVERY_MS = 1_000;
const HEADERS_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 6_000;
/** The server looks every second; a busy machine takes the rest. */
const LATE_MS = 6_000;
/** For a body that is refused: 2 s in which its client may read that, and a busy machine. */
const REFUSED_WITHIN_MS = 12_000;
/** How long an ordinary request may take beside them; idle, it takes a few milliseconds. */
const PROMPT_MS = 3_000;

const HEAD = "POST /graphql HTTP/1.1\r\nHost: jitney\r\nContent-Type: application/json\r\n";
const MAX_BODY_BYTES = 65_536;

/** What a client saw until its connection was closed. */
interface End {
  readonly text: string;
  readonly tookMs: number;
}

/** Connects, and tells how it has ended; `read: false` takes nothing of what comes. */
async function clientOf(url: string, { read = true } = {}): Promise<{ socket: Socket; end: Promise<End> }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  const startMs = performance.now();
  let text = "";
  if (read) {
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
  }
  // Not by `once`, which rejects where the connection is reset: that is an end as well.
  const end = new Promise<End>((resolve) => {
    socket.once("close", () => resolve({ text, tookMs: performance.now() - startMs }));
  });
  return { socket, end };
}

/** One byte a second, for as long as the connection is there. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const letter of text) {
    if (socket.destroyed) return;
    socket.write(letter);
    await sleep(BYTE_EVERY_MS);
  }
}

/** Asks again and again until all of it is over; gives how long the slowest took, and how many there were. */
async function askDuring(url: string, over: Promise<unknown>): Promise<{ slowestMs: number; count: number }> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  over.then(end, end);
  let slowestMs = 0;
  let count = 0;
  for (; !isOver; count += 1) {
    const startMs = performance.now();
    expect(await upper(url, `key-${count}`)).toBe(`KEY-${count}`);
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
    await sleep(5);
  }
  await over;
  return { slowestMs, count };
}

/** Rejects where it takes longer. */
async function within<Result>(timeMs: number, what: string, wanted: Promise<Result>): Promise<Result> {
  const giveUp = new AbortController();
  const tooLate = sleep(timeMs, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`${what}: not within ${timeMs} ms`);
  });
  tooLate.catch(() => {});
  return await Promise.race([wanted, tooLate]).finally(() => giveUp.abort());
}

test("200 clients that send a byte a second, of headers or of bodies, stop nobody, and get a 408", {
  timeout: 60_000,
}, async () => {
  const settings = { headersTimeoutMs: HEADERS_TIMEOUT_MS, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  await using server = startFixture("quick-server.ts", { ...settings, keepAliveTimeoutMs: 500 });
  const url = await server.url();
  const ends = Array.from({ length: SLOW_CLIENTS }, async (_, index) => {
    const { socket, end } = await clientOf(url);
    const isOfHeaders = index % 2 === 0;
    if (!isOfHeaders) socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`);
    void drip(socket, isOfHeaders ? HEAD : '{"query":"{ __typename }","variables":{}}');
    return await end;
  });
  const ended = within(REQUEST_TIMEOUT_MS + LATE_MS, "all slow clients are cut off", Promise.all(ends));
  const { slowestMs, count } = await askDuring(url, ended);
  const all = await ended;
  expect(all.filter(({ text }) => !text.startsWith("HTTP/1.1 408 "))).toEqual([]);
  const ofHeaders = all.filter((_, index) => index % 2 === 0).map(({ tookMs }) => tookMs);
  // Before all of a request would have to be there.
  expect(Math.max(...ofHeaders), "a client that sends headers").toBeLessThan(REQUEST_TIMEOUT_MS);
  expect(slowestMs, `the slowest of ${count} ordinary requests`).toBeLessThan(PROMPT_MS);
  await server.ask("connectionsAtMost", 0);
  console.log(
    `beside ${SLOW_CLIENTS} slow clients: ${count} requests, the slowest ${Math.round(slowestMs)} ms`,
  );
});

test.each([
  ["of which nothing is known", "Transfer-Encoding: chunked\r\n\r\n", `1000\r\n${"x".repeat(0x1000)}\r\n`],
  ["that is said to be of a terabyte", "Content-Length: 1099511627776\r\n\r\n", "x".repeat(0x1000)],
])(
  "50 bodies without an end, %s, are refused with a 413 and cut off, and stop nobody",
  {
    timeout: 60_000,
  },
  async (_, length, chunk) => {
    await using server = startFixture("quick-server.ts", {
      maxBodyBytes: MAX_BODY_BYTES,
      keepAliveTimeoutMs: 500,
    });
    const url = await server.url();
    await upper(url, "warm-up");
    const before = await server.ask<Memory>("memory");
    const ends = Array.from({ length: 50 }, async () => {
      const { socket, end } = await clientOf(url);
      socket.write(HEAD + length);
      while (!socket.destroyed) {
        // As fast as it is taken; whoever takes it has to have an end.
        if (!socket.write(chunk)) await Promise.race([once(socket, "drain").catch(() => {}), end]);
        await sleep(2);
      }
      return await end;
    });
    const ended = within(REFUSED_WITHIN_MS, "all bodies are cut off", Promise.all(ends));
    const { slowestMs, count } = await askDuring(url, ended);
    for (const { text } of await ended) {
      expect(text).toMatch(/^HTTP\/1\.1 413 /);
      expect(text).toContain("BODY_TOO_LARGE");
    }
    expect(slowestMs, `the slowest of ${count} ordinary requests`).toBeLessThan(PROMPT_MS);
    await server.ask("connectionsAtMost", 0);
    const after = await server.ask<Memory>("memory");
    expect(after.heapBytes - before.heapBytes, "bytes that are left of them").toBeLessThan(5 * 2 ** 20);
  },
);

test("40 clients that never read their answers are cut off, and nothing of the answers is kept", {
  timeout: 60_000,
}, async () => {
  const timeouts = { headersTimeoutMs: 400, requestTimeoutMs: 400, keepAliveTimeoutMs: 500 };
  await using server = startFixture("quick-server.ts", timeouts);
  const url = await server.url();
  await (await fetch(`${url}/graphql`, { headers: { Accept: "text/html" } })).text();
  const before = await server.ask<Memory>("memory");
  // GraphiQL's page has 9 MB, more than a connection holds by itself; asked for three times.
  const page = "GET /graphql HTTP/1.1\r\nHost: jitney\r\nAccept: text/html\r\n\r\n".repeat(3);
  for (let client = 0; client < 40; client += 1) {
    const { socket } = await clientOf(url, { read: false });
    socket.pause().write(page);
  }
  await upper(url, "the server has taken those who were there before");
  // Those who ask meanwhile have one.
  const { slowestMs, count } = await askDuring(
    url,
    within(REFUSED_WITHIN_MS, "all are cut off", server.ask("connectionsAtMost", 2)),
  );
  expect(slowestMs, `the slowest of ${count} ordinary requests`).toBeLessThan(PROMPT_MS);
  await server.ask("connectionsAtMost", 0);
  const after = await server.ask<Memory>("memory");
  expect(after.heapBytes - before.heapBytes, "bytes that are left of them").toBeLessThan(5 * 2 ** 20);
});
