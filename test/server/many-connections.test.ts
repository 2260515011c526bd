// Ten thousand clients at once, each with a connection and a waiting key of its own. They are in another process, as the
// server is: their sockets and their memory are not the server's.

import { expect, test } from "vitest";
import type { Held } from "../fixtures/held-clients.ts";
import { type FixtureProcess, startFixture } from "../support/fixture-process.ts";
import { query } from "../support/graphql-client.ts";
import type { LastWords } from "../support/observed-server.ts";
import type { Memory } from "../support/questions.ts";

const CLIENTS = 10_000;
/** Their connections, and what a process opens beside them. */
const OPEN_FILES = CLIENTS + 200;
/** Connections that are opened at once; the server takes them before the next come. */
const WAVE = 400;
const WARM_UP = 3 * WAVE;
/** With the two that hold the slot. */
const ASKED = WARM_UP + CLIENTS + 2;

const REFUSED_WITHIN_MS = 10_000;

/** Measured: 18 KB of heap, 22 KB of resident memory, on Node 26. */
const MOST_HEAP_BYTES = 24 * 1024;
const MOST_RSS_BYTES = 48 * 1024;
/** Of 10,000 requests that are over; they held twenty times as much. */
const MOST_LEFT_BYTES = 8 * 2 ** 20;

test("10,000 connections that wait with a key each are all answered with their own", {
  timeout: 120_000,
}, async () => {
  expect(mostOpenFiles(), "the hard limit of open files (ulimit -Hn)").toBeGreaterThanOrEqual(OPEN_FILES);
  await using server = startFixture("held-server.ts", { maxQueueSize: CLIENTS });
  const url = await server.url();
  await using clients = startFixture("held-clients.ts", { url });
  const startMs = performance.now();

  // So that code is compiled before the memory is measured.
  await hold(server, clients, "warm-up", WARM_UP);
  await release(server, clients, WARM_UP);
  await server.ask("hold");
  const before = await server.ask<Memory>("memory");

  await hold(server, clients, "held", CLIENTS);
  const holding = await server.ask<Memory>("memory");
  // Its connection would be kept alive for a minute.
  const headers = { Connection: "close" };
  // Or it waits with the others.
  const signal = AbortSignal.timeout(REFUSED_WITHIN_MS);
  const one = await query(
    url,
    "query ($x: String!) { upper(x: $x) }",
    { x: "one more" },
    { headers, signal },
  );
  expect(one).toMatchObject({
    status: 503,
    body: { errors: [{ extensions: { code: "BATCH_QUEUE_FULL" } }] },
  });
  expect(one.headers.get("Retry-After")).toMatch(/^[1-9]\d*$/);

  await release(server, clients, CLIENTS);
  const after = await server.ask<Memory>("memory");
  server.child.kill("SIGTERM");
  const [, lastLine] = await server.printed(/^ended (.*)$/m);
  const { stats, resources }: LastWords = JSON.parse(lastLine ?? "");
  expect(resources).toEqual([]);
  expect((await server.endsByItself()).exitCode).toBe(0);
  expect(stats["Query.upper"]?.totals).toMatchObject({
    loads: ASKED + 1,
    answered: ASKED,
    refused: 1,
  });

  const heapBytes = (holding.heapBytes - before.heapBytes) / CLIENTS;
  const rssBytes = (holding.rssBytes - before.rssBytes) / CLIENTS;
  const tookMs = performance.now() - startMs;
  console.log(
    `a held request takes ${kilobytes(heapBytes)} of heap, ${kilobytes(rssBytes)} of resident memory more than ` +
      `before; ${Math.round(tookMs)} ms in all`,
  );
  expect(heapBytes).toBeLessThan(MOST_HEAP_BYTES);
  expect(rssBytes).toBeLessThan(MOST_RSS_BYTES);
  expect(after.heapBytes - before.heapBytes, "held by requests that are over").toBeLessThan(MOST_LEFT_BYTES);
});

/** One that runs, and so many that wait behind it. */
async function hold(
  server: FixtureProcess,
  clients: FixtureProcess,
  name: string,
  count: number,
): Promise<void> {
  await clients.ask("hold", { count: 1, prefix: `${name}-first` });
  await server.ask("running");
  for (let waiting = WAVE; waiting <= count; waiting += WAVE) {
    await clients.ask("hold", { count: WAVE, prefix: `${name}-${waiting}` });
    await server.ask("waiting", waiting);
  }
}

/** Everyone is answered; resolves when every connection has gone. */
async function release(server: FixtureProcess, clients: FixtureProcess, count: number): Promise<void> {
  await server.ask("release");
  expect(await clients.ask<Held>("ends")).toEqual({ right: count + 1, others: {}, closedKeys: [] });
  await server.ask("connectionsAtMost", 0);
}

/** Node raises the soft limit to the hard one when it starts. */
function mostOpenFiles(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { hard: number | string } } };
  const hard = report.userLimits?.open_files?.hard ?? "unlimited";
  return hard === "unlimited" ? Infinity : Number(hard);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
