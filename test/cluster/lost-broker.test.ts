// A broker that is killed, restarted, or silent for a while, under load.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Broker } from "../support/broker.ts";
import {
  answers,
  Cluster,
  type ClusterWorker,
  drainAndEnd,
  expectNothingWrong,
  LATE_MS,
  outcomesOf,
  PATIENCE,
  SLOW,
  tallyOf,
} from "../support/cluster.ts";
import { networkTo } from "../support/fragile-network.ts";

const KEYS_PER_SECOND = 500;
const PAUSE_MS = 2_000;

let broker: Broker;
beforeAll(async () => {
  broker = await Broker.start();
});
afterAll(() => broker[Symbol.asyncDispose]());

test(
  "a broker that is killed and comes back gets open keys again, and nobody waits beyond the deadline",
  SLOW,
  async () => {
    await using cluster = new Cluster(broker.newURL());
    const timeoutMs = 1_500;
    const short = cluster.gateway("short", { limits: { timeoutMs } });
    const long = cluster.gateway("long", { limits: { timeoutMs: 60_000 } });
    const once = cluster.gateway("once", { limits: { timeoutMs: 60_000 }, delivery: "at-most-once" });
    const gateways = [short, long, once] as const;
    const workers = await cluster.workers(2, { batchMs: 20 });
    await Promise.all(gateways.map((gateway) => gateway.ask("start", KEYS_PER_SECOND)));
    await Promise.all(gateways.map((gateway) => answers(gateway, 500)));
    await broker.kill();
    await expect.poll(async () => (await outcomesOf(short)).BATCH_TIMEOUT ?? 0, PATIENCE).toBeGreaterThan(0);
    await broker.boot();
    await Promise.all(gateways.map((gateway) => answers(gateway, 500)));
    await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

    const ofShort = await tallyOf([short]);
    expectNothingWrong(ofShort, ["answered", "BATCH_TIMEOUT", "BATCH_QUEUE_FULL"]);
    expect(ofShort.slowestMs).toBeLessThan(timeoutMs + LATE_MS);
    expectNothingWrong(await tallyOf([long]));
    const ofOnce = await tallyOf([once]);
    expectNothingWrong(ofOnce, ["answered", "BATCH_FAILED"]);
    expect(
      ofOnce.outcomes.BATCH_FAILED ?? 0,
      "keys that were out when the broker was killed",
    ).toBeGreaterThan(0);
    expect(computedTwice(workers, "once-")).toEqual([]);
    for (const each of [...gateways, ...workers.map(({ process }) => process)]) {
      expect(each.stderr).toBe("");
      // One more where it is lost again before all of the broker has started.
      const warnings = each.stdout.match(/^warning amqp:.*/gm) ?? [];
      expect(warnings.length, warnings.join("\n")).oneOf([1, 2]);
      expect(each.stdout).not.toContain("seat-belt");
    }
  },
);

test(
  "a broker that is silent for two seconds costs nobody an answer who can wait for longer",
  SLOW,
  async () => {
    await using cluster = new Cluster(broker.newURL());
    const timeoutMs = 500;
    const short = cluster.gateway("short", { limits: { timeoutMs } });
    const long = cluster.gateway("long", { limits: { timeoutMs: PAUSE_MS + 5_000 } });
    const once = cluster.gateway("once", {
      delivery: "at-most-once",
      limits: { timeoutMs: PAUSE_MS + 5_000 },
    });
    const gateways = [short, long, once] as const;
    const workers = await cluster.workers(2);
    await Promise.all(gateways.map((gateway) => gateway.ask("start", KEYS_PER_SECOND)));
    await Promise.all(gateways.map((gateway) => answers(gateway, 500)));
    broker.pause();
    await sleep(PAUSE_MS);
    broker.resume();
    await Promise.all(gateways.map((gateway) => answers(gateway, 500)));
    await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

    const ofShort = await tallyOf([short]);
    expectNothingWrong(ofShort, ["answered", "BATCH_TIMEOUT"]);
    expect(ofShort.slowestMs).toBeLessThan(timeoutMs + LATE_MS);
    expectNothingWrong(await tallyOf([long, once]));
    expect(computedTwice(workers, "")).toEqual([]);
  },
);

test("a silent broker does not hold up the end of gateways and workers", SLOW, async () => {
  await using cluster = new Cluster(broker.newURL());
  const gateway = cluster.gateway("a");
  const late = cluster.gateway("late", { limits: { timeoutMs: 300 } });
  const worker = await cluster.worker();
  await gateway.ask("load", "key");
  await gateway.ask("tally");
  broker.pause();
  try {
    await late.ask("load", "late-key");
    expect((await tallyOf([late])).outcomes).toEqual({ BATCH_TIMEOUT: 1 });
    await Promise.all([gateway, late, worker.process].map(drainAndEnd));
  } finally {
    broker.resume();
  }
});

test("who has ended a connection does not wait until the other side ends it, too", SLOW, async () => {
  const url = new URL(broker.newURL());
  await using network = await networkTo(url.href, { passesEnds: false });
  url.port = new URL(network.url).port;
  await using cluster = new Cluster(url.href);
  const gateway = cluster.gateway("a");
  const worker = await cluster.worker();
  await gateway.ask("load", "key");
  expectNothingWrong(await tallyOf([gateway]));
  await Promise.all([gateway, worker.process].map(drainAndEnd));
});

test(
  "a broker that takes no messages is told of, keys wait for it, and it holds up no end",
  SLOW,
  async () => {
    const takesNone = (): Promise<void> => broker.control("set_vm_memory_high_watermark", "absolute", "1");
    const takesAll = (): Promise<void> => broker.control("set_vm_memory_high_watermark", "0.4");
    await using cluster = new Cluster(broker.newURL());
    const gateway = cluster.gateway("a", { limits: { timeoutMs: 20_000 } });
    const short = cluster.gateway("b", { limits: { timeoutMs: 500 } });
    const worker = await cluster.worker();
    await gateway.ask("load", "a-0");
    await gateway.ask("tally");
    await takesNone();
    try {
      for (const [each, key] of [
        [gateway, "a-1"],
        [short, "b-1"],
      ] as const) {
        await each.ask("load", key);
        await each.printed(/^warning amqp:.*: it takes no messages: low on memory; keys wait/m);
      }
      await gateway.ask("load", "a-2");
      await short.ask("load", "b-2");
      expect((await tallyOf([short])).outcomes).toEqual({ BATCH_TIMEOUT: 2 });
      await drainAndEnd(short);
      expect(await outcomesOf(gateway)).toEqual({ answered: 1 });
    } finally {
      await takesAll();
    }
    const tally = await tallyOf([gateway]);
    expectNothingWrong(tally);
    expect(tally.loads).toBe(3);
    expect(worker.computed).toEqual(["a-0", "a-1", "a-2"]);
  },
);

function computedTwice(workers: readonly ClusterWorker[], prefix: string): readonly string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const key of workers.flatMap(({ computed }) => computed)) {
    if (!key.startsWith(prefix)) continue;
    if (seen.has(key)) twice.push(key);
    seen.add(key);
  }
  return twice;
}
