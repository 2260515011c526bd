// Two hundred clients, for a minute, at a real server in which everything goes wrong that can: batch functions that fail,
// hang and give garbage, limits that change, clients that disconnect, and an end in the middle of it. It runs in two
// processes of its own, and every key has to have exactly one end that is right.
// CHAOS_SECONDS=5 makes it shorter, CHAOS_SEED=… repeats a run.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, test } from "vitest";
import { CALLER_OUTCOMES, type CallerOutcome } from "../../src/batching/stats.ts";
import type { BatcherStats } from "../../src/index.ts";
import type { Tally } from "../fixtures/chaos-clients.ts";
import { OUTCOMES } from "../support/chaos-requests.ts";
import { type FixtureProcess, startFixture } from "../support/fixture-process.ts";
import { query } from "../support/graphql-client.ts";
import type { LastWords } from "../support/observed-server.ts";
import type { Memory } from "../support/questions.ts";
import { seedFrom } from "../support/seeded-random.ts";

const CLIENTS = 200;
const CHAOS_MS = 1_000 * Number(process.env.CHAOS_SECONDS ?? 60);
/** Until code is compiled and caches are full, memory grows. */
const WARM_UP_MS = 4_000;
const LOAD_BEFORE_THE_END_MS = 1_500;

/** The longest `timeoutMs` in the fixture, the longest grace, and a busy machine. */
const LONGEST_WAIT_MS = 1_500 + 300 + 3_000;
/** `drainTimeoutMs` in the fixture, a second for last answers, and a busy machine. */
const LONGEST_END_MS = 6_000 + 1_000 + 3_000;
/** What the heap may grow between two quiet moments: measured between -5 and 1 MB after a minute. */
const HEAP_DRIFT_BYTES = 8 * 2 ** 20;

type Counts = Readonly<Record<CallerOutcome | "loads", number>>;
type Stats = Readonly<Record<string, BatcherStats>>;

interface ChaosLastWords extends LastWords {
  /** Every key that a resolver has handed to a batcher since the load before the end. */
  readonly loaded: readonly string[];
  readonly writtenTwice: readonly string[];
  readonly deeds: Readonly<Record<string, number>>;
  readonly changes: number;
}

test("through a minute of chaos every key has one right end, and nothing is left of it", {
  timeout: CHAOS_MS + 120_000,
}, async () => {
  const seed = seedFrom("CHAOS_SEED");
  onTestFailed(() => console.log(`CHAOS_SEED=${seed}`));
  await using server = startFixture("chaos-server.ts", { seed });
  const url = await server.url();
  await using clients = startFixture("chaos-clients.ts", { url, seed, clients: CLIENTS });

  await clients.ask("start");
  await sleep(WARM_UP_MS);
  await clients.ask<Tally>("stop");
  const memoryBefore = await quietMemory(server);

  await server.ask("startChanges");
  await clients.ask("start");
  await sleep(CHAOS_MS);
  const tally = await clients.ask<Tally>("stop");
  await server.ask("stopChanges");
  const memoryAfter = await quietMemory(server);
  expect(tally.faults, "what clients saw").toEqual([]);
  expect(tally.slowestMs).toBeLessThan(LONGEST_WAIT_MS);
  expectBalance(countsOf(await server.ask<Stats>("stats")), tally);
  expect(memoryAfter.heapBytes - memoryBefore.heapBytes).toBeLessThan(HEAP_DRIFT_BYTES);

  // No hung call has kept a slot: as soon as the batch functions behave, every field answers everyone.
  await server.ask("calm", true);
  await Promise.all(Array.from({ length: 50 }, (_, index) => expectAllFieldsToAnswer(url, index)));
  await server.ask("calm", false);

  await clients.ask("start");
  await sleep(LOAD_BEFORE_THE_END_MS);
  await clients.ask("ending");
  server.child.kill("SIGTERM");
  const [, lastLine] = await server.printed(/^ended (.*)$/m);
  const last: ChaosLastWords = JSON.parse(lastLine ?? "");
  const inTheEnd = await clients.ask<Tally>("stop");
  const { exitCode, stderr } = await server.endsByItself();

  expect(inTheEnd.faults, "what clients saw of the end").toEqual([]);
  expect({ exitCode, stderr, resources: last.resources }).toEqual({ exitCode: 0, stderr: "", resources: [] });
  expect(last.tookMs).toBeLessThan(LONGEST_END_MS);
  const ofCalm = { ...inTheEnd, outcomes: { ...inTheEnd.outcomes } };
  ofCalm.outcomes.answered = (ofCalm.outcomes.answered ?? 0) + 3 * 50;
  expectBalance(countsOf(last.stats), ofCalm);
  const loaded = new Set(last.loaded);
  const abandoned = inTheEnd.closedKeys.filter((x) => x.startsWith("key-") && loaded.has(x));
  expect(abandoned, "taken, and closed without an answer").toEqual([]);
  expect(last.writtenTwice, "keys of mutations that were computed more than once").toEqual([]);

  const driftKB = Math.round((memoryAfter.heapBytes - memoryBefore.heapBytes) / 1024);
  const { requests, outcomes, leftRequests, slowestMs, closedKeys } = inTheEnd;
  console.log(
    `chaos, seed ${seed}: ${requests} requests, ${leftRequests} of them left, ${closedKeys.length} keys not taken ` +
      `in the end; ${JSON.stringify(outcomes)}; ${last.changes} changes of limits; slowest ` +
      `${Math.round(slowestMs)} ms; the end took ${Math.round(last.tookMs)} ms; heap ${driftKB} KB more`,
  );
});

/** Of a server with no caller, no call, and nothing that the test alone wants to know. */
async function quietMemory(server: FixtureProcess): Promise<Memory> {
  await expect
    .poll(async () => countsNow(await server.ask<Stats>("stats")), { timeout: 10_000, interval: 100 })
    .toEqual({ pendingCallers: 0, runningBatches: 0, waitingKeys: 0 });
  await server.ask("forget");
  return await server.ask<Memory>("memory");
}

function countsNow(stats: Stats): Pick<BatcherStats, "pendingCallers" | "runningBatches" | "waitingKeys"> {
  const sum = { pendingCallers: 0, runningBatches: 0, waitingKeys: 0 };
  for (const { pendingCallers, runningBatches, waitingKeys } of Object.values(stats)) {
    sum.pendingCallers += pendingCallers;
    sum.runningBatches += runningBatches;
    sum.waitingKeys += waitingKeys;
  }
  return sum;
}

/** The totals of all fields together. */
function countsOf(stats: Stats): Counts {
  expect(countsNow(stats)).toEqual({ pendingCallers: 0, runningBatches: 0, waitingKeys: 0 });
  const all = Object.values(stats).map(({ totals }) => totals as Partial<Counts>);
  const sum = (name: keyof Counts): number => all.reduce((total, counts) => total + (counts[name] ?? 0), 0);
  return Object.fromEntries(
    [...CALLER_OUTCOMES, "loads" as const].map((name) => [name, sum(name)]),
  ) as Counts;
}

/** The server's count and the clients' agree, to the key; only of those who left does nobody know how they ended. */
function expectBalance(counts: Counts, { outcomes, leftKeys }: Tally): void {
  const { loads } = counts;
  const settled = CALLER_OUTCOMES.reduce((sum, name) => sum + counts[name], 0);
  expect(settled, `outcomes for ${loads} loads`).toBe(loads);
  const seen: Record<CallerOutcome, number> = {
    answered: outcomes.answered ?? 0,
    failed: 0,
    timedOut: 0,
    left: 0,
    refused: 0,
    shutOut: 0,
    rejected: 0,
    tooHeavy: 0,
  };
  for (const [code, name] of Object.entries(OUTCOMES)) seen[name] += outcomes[code] ?? 0;
  let unseen = 0;
  for (const name of CALLER_OUTCOMES) {
    expect(counts[name], `${name}, of which clients saw ${seen[name]}`).toBeGreaterThanOrEqual(seen[name]);
    unseen += counts[name] - seen[name];
  }
  expect(unseen, `ends that no client saw, where clients left with ${leftKeys} keys`).toBeLessThanOrEqual(
    leftKeys,
  );
  expect({ rejected: counts.rejected, tooHeavy: counts.tooHeavy }).toEqual({ rejected: 0, tooHeavy: 0 });
}

async function expectAllFieldsToAnswer(url: string, index: number): Promise<void> {
  const x = `key-calm-${index}`;
  const read = await query(url, "query ($x: String!) { upper(x: $x) maybe(x: $x) }", { x });
  expect(read.body).toEqual({ data: { upper: x.toUpperCase(), maybe: x.toUpperCase() } });
  const written = await query(url, "mutation ($x: String!) { write(x: $x) }", { x });
  expect(written.body).toEqual({ data: { write: x.toUpperCase() } });
}
