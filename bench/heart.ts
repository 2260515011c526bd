// What a load costs in the batcher alone, beside a bare DataLoader with the same batch function, in one run:
// microseconds of CPU per load, and bytes per waiting key. Rounds alternate; medians are reported.

import DataLoader from "dataloader";
import { type BatcherOptions, createBatcher, type LoadOptions } from "../src/index.ts";
import { median } from "./statistics.ts";

const ROUNDS = 9;
const LOADS_PER_ROUND = 200_000;
const BATCH_SIZE = 32;
/** Loads that wait at the same time, as those of so many clients would. */
const CLIENTS = 64;
const WAITING_KEYS = 100_000;

interface Contender {
  readonly name: string;
  /** A load, as a batch of `BATCH_SIZE` serves it. */
  readonly load: (key: number) => Promise<number>;
  /** A load that waits until the end of the program. */
  readonly wait: (key: number) => Promise<number>;
}

const double = (keys: readonly number[]): number[] => keys.map((key) => key * 2);
const doubleAsync = async (keys: readonly number[]): Promise<number[]> => double(keys);

function bareDataLoader(): Contender {
  // By default it leaves at the end of the turn of the event loop: with no timer, limit, signal or count at all.
  const loader = new DataLoader(doubleAsync, { cache: false, maxBatchSize: BATCH_SIZE });
  const holder = new DataLoader(doubleAsync, { cache: false, batchScheduleFn: () => {} });
  return { name: "dataloader", load: (key) => loader.load(key), wait: (key) => holder.load(key) };
}

function jitney(
  name: string,
  options: BatcherOptions<number> = {},
  loadOptions: () => LoadOptions | undefined = () => undefined,
): Contender {
  const batcher = createBatcher(doubleAsync, { maxBatchSize: BATCH_SIZE, maxDelayMs: 5, ...options });
  const hour = 3_600_000;
  const holder = createBatcher(doubleAsync, {
    ...options,
    maxBatchSize: 2 * WAITING_KEYS,
    maxBatchWeight: Infinity,
    maxQueueSize: 2 * WAITING_KEYS,
    maxDelayMs: hour,
    timeoutMs: 2 * hour,
  });
  return {
    name,
    load: (key) => batcher.load(key, loadOptions()),
    wait: (key) => holder.load(key, loadOptions()),
  };
}

/** Keys that are shared and weighed, of a partition, in batches that would be isolated, each with a shorter delay. */
const EVERYTHING: BatcherOptions<number> = {
  shareEqualKeys: true,
  weigh: (key) => 1 + (key % 2),
  maxBatchWeight: 3 * BATCH_SIZE,
  isolateFailures: true,
};
const ASKED = { partition: "tenant", maxDelayMs: 4 };

/** Microseconds of CPU per load, all answers checked. */
async function costOfLoad(contender: Contender): Promise<number> {
  const before = process.cpuUsage();
  for (let key = 0; key < LOADS_PER_ROUND; key += CLIENTS) {
    const answers: Promise<number>[] = [];
    for (let client = 0; client < CLIENTS; client += 1) answers.push(contender.load(key + client));
    for (const [client, answer] of (await Promise.all(answers)).entries()) {
      if (answer !== 2 * (key + client))
        throw new Error(`${contender.name}: wrong answer for ${key + client}`);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / LOADS_PER_ROUND;
}

function bytesPerWaitingKey(contender: Contender): number {
  if (globalThis.gc === undefined) throw new Error("needs --expose-gc");
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  for (let key = 0; key < WAITING_KEYS; key += 1) void contender.wait(key);
  globalThis.gc();
  return (process.memoryUsage().heapUsed - before) / WAITING_KEYS;
}

const contenders = [
  bareDataLoader(),
  jitney("jitney"),
  jitney("jitney, equal keys shared", { shareEqualKeys: true }),
  jitney("jitney, everything on", EVERYTHING, () => ASKED),
  jitney(
    "that, and a cache that never hits",
    { ...EVERYTHING, cache: { maxEntries: 10_000, ttlMs: 60_000 } },
    () => ASKED,
  ),
  jitney("that without cache, each load with a signal", EVERYTHING, () => ({
    ...ASKED,
    signal: new AbortController().signal,
  })),
];
for (const contender of contenders) await costOfLoad(contender);

const costs = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const contender of contenders) costs.get(contender)?.push(await costOfLoad(contender));
}

const bare = median(costs.get(contenders[0] as Contender) ?? []);
console.log(
  `node ${process.version}, ${ROUNDS} alternating rounds of ${LOADS_PER_ROUND} loads, size ${BATCH_SIZE}`,
);
console.table(
  contenders.map((contender) => {
    const cost = median(costs.get(contender) ?? []);
    return {
      contender: contender.name,
      "µs of CPU per load": cost.toFixed(2),
      "against bare dataloader": (cost / bare).toFixed(1),
      "bytes per waiting key": bytesPerWaitingKey(contender).toFixed(0),
    };
  }),
);
process.exit(0); // Those that wait would, for an hour.
