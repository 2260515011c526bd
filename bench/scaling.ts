// A hundred gateways, twenty workers and one to three brokers, simulated with the CPU per message that bench/shared.ts
// measures: where that saturates, what consumer priorities are worth, and what a lost broker does. Seeded: the same
// numbers every time.

import { SeededRandom } from "../test/support/seeded-random.ts";
import { Cluster, type Scale } from "./scaling-cluster.ts";
import { type Processor, Timeline } from "./scaling-timeline.ts";
import { quantile } from "./statistics.ts";

const SEED = 1;

const BASE: Scale = {
  gateways: 100,
  workers: 20,
  brokers: 1,
  coresOfBroker: 4,
  keysPerSecond: 5_000,
  seconds: 1,
  priorities: true,
  callMs: 5,
  concurrency: 4,
  // Of `npm run bench:shared`: chunks of one key at 5,000 a second (idle); chunks of one (`{"keysOfChunk":1}`) and of 32 as fast
  // as they come (busy, key).
  costs: {
    gateway: { idle: 104, busy: 36, key: 4.8 },
    worker: { idle: 38, busy: 16, key: 1.5 },
    broker: { idle: 131, busy: 56, key: 1 },
  },
};

const RATES = [5_000, 20_000, 50_000, 100_000, 200_000, 400_000];
const LOSS = { atMs: 500, forMs: 5_000, othersTakeOver: false };

show("Where it saturates", [
  ...RATES.map((keysPerSecond) => ({ keysPerSecond })),
  ...RATES.map((keysPerSecond) => ({ keysPerSecond, brokers: 3 })),
]);
show(
  "With consumer priorities, and without",
  [5_000, 20_000, 50_000].flatMap((keysPerSecond) =>
    [true, false].map((priorities) => ({ keysPerSecond, priorities })),
  ),
);
show("A broker that is gone for 5 s", [
  { keysPerSecond: 20_000, seconds: 8, loss: LOSS },
  { keysPerSecond: 20_000, seconds: 8, brokers: 3, loss: LOSS },
  { keysPerSecond: 20_000, seconds: 8, brokers: 3, loss: { ...LOSS, othersTakeOver: true } },
]);

function show(title: string, scales: readonly Partial<Scale>[]): void {
  console.log(title);
  console.table(scales.map((scale) => rowOf({ ...BASE, ...scale })));
}

function rowOf(scale: Scale) {
  const { keysPerSecond, brokers, coresOfBroker, priorities, loss } = scale;
  const timeline = new Timeline();
  const cluster = new Cluster(scale, timeline, new SeededRandom(SEED));
  const keys = loadInto(cluster);
  let openKeys = 0;
  if (loss !== undefined) {
    timeline.after(loss.atMs, () => {
      const [lost] = cluster.brokers;
      openKeys = sum(cluster.gateways.map((each) => (each.broker === lost ? each.openKeys : 0)));
      lost?.lose(loss.forMs);
    });
  }
  timeline.run();
  const latencies = keys.map(({ loadedAt, answeredAt = Infinity }) => answeredAt - loadedAt);
  const reconnected = [...cluster.gateways, ...cluster.workers].map(({ reconnectedAt }) => reconnectedAt);
  const busiest = (all: readonly { readonly processor: Processor }[], cores: number): string =>
    `${((100 * Math.max(...all.map(({ processor }) => processor.busyMs))) / (cores * timeline.now)).toFixed(0)}%`;
  return {
    "keys/s": keysPerSecond,
    brokers,
    ...(loss === undefined ? { priorities } : { "others take over": loss.othersTakeOver }),
    "keys per chunk": (keys.length / sum(cluster.brokers.map(({ chunks }) => chunks))).toFixed(1),
    fill: (keys.length / sum(cluster.workers.map(({ calls }) => calls))).toFixed(1),
    "p50, ms": quantile(latencies, 0.5).toFixed(1),
    "p99, ms": quantile(latencies, 0.99).toFixed(1),
    "slowest, ms": quantile(latencies, 1).toFixed(0),
    ...(loss !== undefined && {
      "keys open on it": openKeys,
      "last client back after, ms": (Math.max(...reconnected) - loss.atMs).toFixed(0),
    }),
    "busiest broker": busiest(cluster.brokers, coresOfBroker),
    worker: busiest(cluster.workers, 1),
    gateway: busiest(cluster.gateways, 1),
  };
}

/** Keys that come at random, to gateways at random. */
function loadInto({ scale, timeline, random, gateways }: Cluster) {
  const keys: { readonly loadedAt: number; answeredAt?: number }[] = [];
  const load = (): void => {
    const key = { loadedAt: timeline.now };
    keys.push(key);
    random.pick(gateways).load(key);
    const ms = (-Math.log(1 - random.next()) * 1_000) / scale.keysPerSecond;
    if (timeline.now + ms < scale.seconds * 1_000) timeline.after(ms, load);
  };
  load();
  return keys;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
