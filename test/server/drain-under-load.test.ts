// SIGTERM while thousands wait and run: a real server, as `npm start` runs it, and clients in a process of their own.

import { expect, test } from "vitest";
import type { Held } from "../fixtures/held-clients.ts";
import { type FixtureProcess, startFixture } from "../support/fixture-process.ts";
import { type Running, startJitney } from "../support/server-process.ts";

const CLIENTS = 4_000;
/** Whose requests come in the same moment as the signal. */
const LATECOMERS = 250;
/** Connections that are opened at once; the server takes them before the next come. */
const WAVE = 400;
const CONCURRENCY = 8;
const DRAIN_TIMEOUT_MS = 2_000;
/** What a busy machine may take for thousands of answers, beside the time that the end itself takes. */
const BUSY_MS = 8_000;
/** As many batches of 32 as it takes, eight at a time, of 50 ms each. */
const LONGEST_DRAIN_MS = (CLIENTS / 32 / CONCURRENCY) * 50 + BUSY_MS;

const ARGUMENTS = [
  ["--resolvers", "test/fixtures/slow-upper.ts"],
  ["--concurrency", String(CONCURRENCY)],
  // Batches leave full, or by the drain.
  ["--max-delay-ms", "100000"],
  ["--timeout-ms", "120000"],
].flat();

test("SIGTERM under load: thousands that wait and run are answered, and nobody who was taken is dropped", {
  timeout: 90_000,
}, async () => {
  await using server = startJitney(ARGUMENTS);
  await using clients = startFixture("held-clients.ts", { url: await server.url() });
  await holdAll(server, clients);

  const latecomers = clients.ask("hold", { count: LATECOMERS, prefix: "late" });
  await server.printed(/^asked late/m);
  const startMs = performance.now();
  server.child.kill("SIGTERM");
  server.child.kill("SIGUSR2");
  await latecomers;
  const { right, others, closedKeys } = await clients.ask<Held>("ends");
  const { exitCode, stdout, stderr } = await server.ended();
  const tookMs = performance.now() - startMs;

  const { closed = 0, BATCH_SHUTTING_DOWN: refused = 0, ...wrong } = others;
  expect(wrong, "neither answered, nor refused, nor closed").toEqual({});
  expect(right + closed + refused).toBe(CLIENTS + LATECOMERS);
  const asked = new Set([...stdout.matchAll(/^asked (.*);$/gm)].map(([, key]) => key));
  expect(
    closedKeys.filter((key) => asked.has(key)),
    "taken, and closed without an answer",
  ).toEqual([]);
  expect(right, "answers to keys that were taken").toBe(asked.size);
  expect({ exitCode, stderr, faults: server.faults }).toEqual({ exitCode: 0, stderr: "", faults: [] });
  expect(tookMs).toBeLessThan(LONGEST_DRAIN_MS);
  console.log(
    `drain of ${right} keys in ${Math.round(tookMs)} ms; of ${LATECOMERS} latecomers ${refused} were told, ` +
      `${closed} were closed`,
  );
});

test("SIGTERM while every call hangs: thousands are told BATCH_SHUTTING_DOWN within --drain-timeout-ms", {
  timeout: 90_000,
}, async () => {
  await using server = startJitney([...ARGUMENTS, "--drain-timeout-ms", String(DRAIN_TIMEOUT_MS)], {
    SLOW_UPPER: "hung",
  });
  await using clients = startFixture("held-clients.ts", { url: await server.url() });
  await holdAll(server, clients);

  const startMs = performance.now();
  server.child.kill("SIGTERM");
  const ends = await clients.ask<Held>("ends");
  const { exitCode } = await server.ended();
  const tookMs = performance.now() - startMs;
  expect(ends).toEqual({ right: 0, others: { BATCH_SHUTTING_DOWN: CLIENTS }, closedKeys: [] });
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(DRAIN_TIMEOUT_MS + BUSY_MS);
  console.log(`${CLIENTS} hung keys given up, ended in ${Math.round(tookMs)} ms`);
});

/** Resolves when the server has taken a key of every client. */
async function holdAll(server: Running, clients: FixtureProcess): Promise<void> {
  for (let taken = WAVE; taken <= CLIENTS; taken += WAVE) {
    await clients.ask("hold", { count: WAVE, prefix: `key-${taken}` });
    await server.printed(new RegExp(`^count ${taken};`, "m"));
  }
}
