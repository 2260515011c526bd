// What a load costs in the batcher alone, beside a bare DataLoader and other batchers with the same batch function, in
// one run: microseconds of CPU per load, and bytes per waiting key. Rounds alternate; medians are reported.

import { BATCH_SIZE, type Contender, newContenders, WAITING_KEYS } from "./heart-contenders.ts";
import { median } from "./statistics.ts";
import type { HeartResult } from "./suite/results.ts";

interface Settings {
  readonly rounds: number;
  /** Whether the results are printed as JSON, for bench/run.ts. */
  readonly json: boolean;
}

const { rounds, json }: Settings = { rounds: 9, json: false, ...JSON.parse(process.argv[2] ?? "{}") };
const LOADS_PER_ROUND = 200_000;
/** Loads that wait at the same time, as those of so many clients would. */
const CLIENTS = 64;

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

const contenders = newContenders();
for (const contender of contenders) await costOfLoad(contender);

const costs = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const contender of contenders) costs.get(contender)?.push(await costOfLoad(contender));
}

const results = contenders.map(
  (contender): HeartResult => ({
    contender: contender.name,
    cpuMicroseconds: Number(median(costs.get(contender) ?? []).toPrecision(3)),
    bytesPerWaitingKey: Math.round(bytesPerWaitingKey(contender)),
  }),
);
if (json) console.log(JSON.stringify(results));
else print();
process.exit(0); // Those that wait would, for an hour.

function print(): void {
  const bare = results[0]?.cpuMicroseconds ?? Number.NaN;
  console.log(
    `node ${process.version}, ${rounds} alternating rounds of ${LOADS_PER_ROUND} loads, size ${BATCH_SIZE}`,
  );
  console.table(
    results.map(({ contender, cpuMicroseconds, bytesPerWaitingKey }) => ({
      contender,
      "µs of CPU per load": cpuMicroseconds.toFixed(2),
      "against bare dataloader": (cpuMicroseconds / bare).toFixed(1),
      "bytes per waiting key": bytesPerWaitingKey,
    })),
  );
}
