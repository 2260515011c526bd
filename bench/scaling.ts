// A hundred gateways, twenty workers and one to three brokers, simulated with the CPU per message that bench/shared.ts
// measures: where that saturates, what consumer priorities are worth, and what a lost broker does. Seeded: the same
// numbers every time.

import { SeededRandom } from "../test/support/seeded-random.ts";
import { Cluster, type Scale } from "./scaling-cluster.ts";
import { Timeline } from "./scaling-timeline.ts";
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
  // Microseconds, of `npm run bench:shared`: at 5,000 keys a second, and with chunks of one key as fast as they come.
  costs: {
    gateway: { idle: 90, busy: 30, key: 4 },
    worker: { idle: 28, busy: 10, key: 1.5 },
    broker: { idle: 110, busy: 50, key: 1 },
  },
};

const rates = [5_000, 20_000, 50_000, 100_000, 200_000, 400_000];
show("Where it saturates", [
  ...rates.map((keysPerSecond) => ({ keysPerSecond })),
  ...rates.map((keysPerSecond) => ({ keysPerSecond, brokers: 3 })),
]);
show(
  "Consumer priorities",
  [5_000, 20_000, 100_000].flatMap((keysPerSecond) => [
    { keysPerSecond },
    { keysPerSecond, priorities: false },
  ]),
);
const loss = { atMs: 500, forMs: 5_000, othersTakeOver: false };
show("A broker that is gone for 5 s", [
  { keysPerSecond: 20_000, seconds: 7, loss },
  { keysPerSecond: 20_000, seconds: 7, brokers: 3, loss },
  { keysPerSecond: 20_000, seconds: 7, brokers: 3, loss: { ...loss, othersTakeOver: true } },
]);

function show(title: string, scales: readonly Partial<Scale>[]): void {
  console.log(title);
  console.table(scales.map((scale) => rowOf({ ...BASE, ...scale })));
}

function rowOf(scale: Scale) {
  const { keysPerSecond, seconds, brokers, coresOfBroker, loss } = scale;
  const timeline = new Timeline();
  const random = new SeededRandom(SEED);
  const cluster = new Cluster(scale, timeline, random);
  const loaded: { readonly loadedAt: number; answeredAt?: number }[] = [];
  const load = (): void => {
    const key = { loadedAt: timeline.now };
    loaded.push(key);
    random.pick(cluster.gateways).load(key);
    const ms = (-Math.log(1 - random.next()) * 1_000) / keysPerSecond;
    if (timeline.now + ms < seconds * 1_000) timeline.after(ms, load);
  };
  load();
  let openKeys = 0;
  if (loss !== undefined) {
    timeline.after(loss.atMs, () => {
      const [lost] = cluster.brokers;
      for (const gateway of cluster.gateways) if (gateway.broker === lost) openKeys += gateway.openKeys;
      lost?.lose(loss.forMs);
    });
  }
  timeline.run();
  const latencies = loaded.map(({ loadedAt, answeredAt = Infinity }) => answeredAt - loadedAt);
  // The arguments of Math.max are not as many as these keys.
  const slowest = quantile(latencies, 1);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const busiest = (
    all: readonly { readonly processor: { readonly busyMs: number } }[],
    cores: number,
  ): string =>
    percent(Math.max(...all.map(({ processor }) => processor.busyMs)) / (cores * Math.max(timeline.now, 1)));
  return {
    "keys/s": keysPerSecond,
    brokers,
    ...title(scale),
    "keys per chunk": (loaded.length / sum(cluster.brokers.map(({ chunks }) => chunks))).toFixed(1),
    fill: (loaded.length / sum(cluster.workers.map(({ calls }) => calls))).toFixed(1),
    "p50, ms": quantile(latencies, 0.5).toFixed(1),
    "p99, ms": quantile(latencies, 0.99).toFixed(1),
    ...(loss !== undefined && {
      "slowest, ms": slowest.toFixed(0),
      "keys open": openKeys,
      "last one back after, ms": (
        Math.max(...[...cluster.gateways, ...cluster.workers].map(({ reconnectedAt }) => reconnectedAt)) -
        loss.atMs
      ).toFixed(0),
    }),
    "busiest broker": busiest(cluster.brokers, coresOfBroker),
    worker: busiest(cluster.workers, 1),
    gateway: busiest(cluster.gateways, 1),
  };
}

function title({ priorities, loss }: Scale) {
  if (loss !== undefined) return { "others take over": loss.othersTakeOver };
  return priorities ? {} : { priorities };
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)}%`;
}
