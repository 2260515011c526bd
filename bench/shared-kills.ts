// How long the slowest key takes when a worker of shared batches is killed: two servers at 1,000 keys a second each, three
// workers, and each second the one that computes is killed (SIGKILL), and a new one started.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FieldTotals } from "../src/cluster/index.ts";
import type { Tally } from "../test/fixtures/shared-gateway.ts";
import { Broker } from "../test/support/broker.ts";
import { type FixtureProcess, startFixture } from "../test/support/fixture-process.ts";
import { median } from "./statistics.ts";

const KILLS = 20;
const KEYS_PER_SECOND = 1_000;
const BETWEEN_MS = 1_500;

await using broker = await Broker.start();
const url = broker.newURL();
const folder = await mkdtemp(join(tmpdir(), "jitney-kills-"));
let started = 0;

async function startWorker(): Promise<FixtureProcess> {
  started += 1;
  const worker = startFixture("shared-worker.ts", { url, notes: join(folder, String(started)) });
  await worker.printed(/^up$/m);
  return worker;
}

/** The one that has taken the most chunks since it was asked before. */
async function busiest(workers: readonly FixtureProcess[]): Promise<FixtureProcess> {
  const received = () =>
    Promise.all(workers.map(async (worker) => (await worker.ask<FieldTotals>("totals")).received));
  const before = await received();
  await sleep(100);
  const since = (await received()).map((count, index) => count - (before[index] ?? 0));
  return workers[since.indexOf(Math.max(...since))] as FixtureProcess;
}

const gateways = ["a", "b"].map((name) => startFixture("shared-gateway.ts", { url, name }));
const workers = await Promise.all([startWorker(), startWorker(), startWorker()]);
await Promise.all(gateways.map((gateway) => gateway.ask("start", KEYS_PER_SECOND)));
await sleep(2_000);
const slowest = async (): Promise<number> =>
  Math.max(...(await Promise.all(gateways.map((gateway) => gateway.ask<number>("takeSlowestMs")))));

const [quiet, killed]: [number[], number[]] = [[], []];
for (let kill = 0; kill < KILLS; kill += 1) {
  await slowest();
  await sleep(BETWEEN_MS);
  quiet.push(await slowest());
  const worker = await busiest(workers);
  await worker.stop();
  await sleep(BETWEEN_MS);
  killed.push(await slowest());
  // After it: the start of a process takes what these two cores have.
  workers.splice(workers.indexOf(worker), 1, await startWorker());
}
await Promise.all(gateways.map((gateway) => gateway.ask("stop")));
const tallies = await Promise.all(gateways.map((gateway) => gateway.ask<Tally>("tally")));
await Promise.all([...gateways, ...workers].map((each) => each.stop()));
await rm(folder, { recursive: true });

const shown = (numbers: readonly number[]): string =>
  `median ${median(numbers).toFixed(0)} ms, at most ${Math.max(...numbers).toFixed(0)} ms`;
console.log(`slowest key in ${BETWEEN_MS} ms without a kill: ${shown(quiet)}`);
console.log(`slowest key in ${BETWEEN_MS} ms after a kill:   ${shown(killed)} (${KILLS} kills)`);
for (const { loads, outcomes, faults } of tallies)
  console.log(loads, "keys:", outcomes, "wrong:", faults.length);
