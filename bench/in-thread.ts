// What a batch function that burns a second does to the event loop, on it and on a thread, in one run: the longest
// delay of the event loop, CPU and time per batch. Rounds alternate; medians are reported.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { inThread } from "../src/backends/in-thread.ts";
import { type BatchFunction, createBatcher } from "../src/index.ts";
import burn from "./burn.ts";
import { median } from "./statistics.ts";

const ROUNDS = 7;
const BURN_MS = 1_000;
const BATCH_SIZE = 8;
const BURN = new URL("./burn.ts", import.meta.url);

interface Round {
  readonly delayMs: number;
  readonly cpuMs: number;
  readonly tookMs: number;
}

interface Contender {
  readonly name: string;
  /** The batch function of each round. */
  readonly batchFunction: () => BatchFunction<number, string>;
  readonly rounds: Round[];
}

const delay = monitorEventLoopDelay({ resolution: 1 });

/**
 * Lets quiet turns of the event loop pass. The monitor measures from turn to turn: what follows a reset in the same turn,
 * or ends in the turn in which it is read, it does not see.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** One batch. */
async function measure(contender: Contender, keys: readonly number[]): Promise<Round> {
  const batcher = createBatcher(contender.batchFunction(), { maxBatchSize: keys.length });
  delay.enable();
  await settle();
  delay.reset();
  await settle();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(keys.map((key) => batcher.load(key)));
  const tookMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  await settle();
  const delayMs = delay.max / 1e6;
  delay.disable();
  return { delayMs, cpuMs: (user + system) / 1_000, tookMs };
}

/** How many hashes burn so long on this machine. */
function hashesFor(milliseconds: number): number {
  const sample = 50_000;
  burn([sample]);
  const startedAt = performance.now();
  burn([sample]);
  return Math.round((sample * milliseconds) / (performance.now() - startedAt));
}

const warm = inThread<number, string>(BURN, { maxThreads: 1 });
const contenders: readonly Contender[] = [
  { name: "on the event loop", batchFunction: () => burn, rounds: [] },
  { name: "inThread", batchFunction: () => warm, rounds: [] },
  {
    name: "inThread, thread started for it",
    batchFunction: () => inThread(BURN, { maxThreads: 1, idleTimeoutMs: 0 }),
    rounds: [],
  },
];

const keys = Array<number>(BATCH_SIZE).fill(hashesFor(BURN_MS / BATCH_SIZE));
for (const contender of contenders) await measure(contender, keys);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const contender of contenders) contender.rounds.push(await measure(contender, keys));
}

console.log(`node ${process.version}, ${ROUNDS} alternating rounds of a batch that burns ${BURN_MS} ms`);
console.table(
  contenders.map(({ name, rounds }) => ({
    contender: name,
    "event loop's longest delay, ms": median(rounds.map(({ delayMs }) => delayMs)).toFixed(1),
    "CPU, ms": median(rounds.map(({ cpuMs }) => cpuMs)).toFixed(1),
    "answered after, ms": median(rounds.map(({ tookMs }) => tookMs)).toFixed(1),
  })),
);
