// Workers that are killed while they compute.

import { expect, test } from "vitest";
import { POISON } from "../fixtures/poison.ts";
import {
  answers,
  Cluster,
  expectNothingWrong,
  firstToCompute,
  LATE_MS,
  outcomesOf,
  PATIENCE,
  SLOW,
  tallyOf,
} from "../support/cluster.ts";
import { newBrokerURL } from "../support/new-broker-url.ts";

const KILLS = 4;
const LONE_QUEUE = "jitney.Query.upper.lone";

/** Under this load, which a worker can bear alone. */
const KEYS_PER_SECOND = 1_000;

test("workers that are killed in mid-batch, one after the other, cost nobody an answer", SLOW, async () => {
  await using cluster = new Cluster(await newBrokerURL());
  const gateways = [cluster.gateway("a"), cluster.gateway("b")] as const;
  const workers = await cluster.workers(3);
  await Promise.all(gateways.map((gateway) => gateway.ask("start", KEYS_PER_SECOND)));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const busy = await firstToCompute(workers);
    await busy.kill();
    workers.splice(workers.indexOf(busy), 1, await cluster.worker());
    // Who is killed while it computes one of those alone would be taken for that key's second victim.
    await cluster.isEmptied(LONE_QUEUE);
    await answers(gateways[0], KEYS_PER_SECOND / 5);
  }
  await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

  const tally = await tallyOf(gateways);
  expectNothingWrong(tally);
  const redelivered = await Promise.all(workers.map(async (worker) => (await worker.totals()).redelivered));
  expect(Math.max(...redelivered), "chunks of the killed that another got").toBeGreaterThan(0);
});

test(
  "with all workers killed, keys time out at their deadline, and are answered again when one is back",
  SLOW,
  async () => {
    await using cluster = new Cluster(await newBrokerURL());
    const timeoutMs = 500;
    const gateway = cluster.gateway("a", { limits: { timeoutMs } });
    const workers = await cluster.workers(2);
    await gateway.ask("start", KEYS_PER_SECOND);
    await answers(gateway, 500);
    await Promise.all(workers.map((worker) => worker.kill()));
    await expect.poll(async () => (await outcomesOf(gateway)).BATCH_TIMEOUT ?? 0).toBeGreaterThan(300);
    await cluster.worker();
    await answers(gateway, 500);
    await gateway.ask("stop");

    const tally = await tallyOf([gateway]);
    expectNothingWrong(tally, ["answered", "BATCH_TIMEOUT"]);
    expect(tally.slowestMs).toBeLessThan(timeoutMs + LATE_MS);
  },
);

test(
  "a key that kills workers fails alone, after two of them, and lies among the dead letters",
  SLOW,
  async () => {
    await using cluster = new Cluster(await newBrokerURL());
    // One worker is left, which computes by itself each key that the two others had.
    const limits = { timeoutMs: 20_000 };
    const gateways = [cluster.gateway("a", { limits }), cluster.gateway("b", { limits })] as const;
    const workers = await cluster.workers(3);
    await Promise.all(gateways.map((gateway) => gateway.ask("start", KEYS_PER_SECOND)));
    await answers(gateways[0], 200);
    await gateways[0].ask("load", POISON);
    const failed = expect.poll(() => outcomesOf(gateways[0]), PATIENCE);
    await failed.toHaveProperty("BATCH_FAILED", 1);
    await answers(gateways[1], 200);
    await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

    const tally = await tallyOf(gateways);
    expectNothingWrong(tally, ["answered", "BATCH_FAILED"]);
    expect(tally.outcomes.BATCH_FAILED).toBe(1);
    expect(await gateways[0].ask("failedKeys")).toEqual({ BATCH_FAILED: [POISON] });
    expect(workers.filter((worker) => worker.isDead)).toHaveLength(2);
    expect(await cluster.waitingIn("jitney.dead-letters")).toBe(1);
  },
);

test(
  "keys that kill workers again and again fail alone: nobody pays for them who is computed by themselves meanwhile",
  SLOW,
  async () => {
    await using cluster = new Cluster(await newBrokerURL());
    // On a busy machine, so many starts of processes take their time.
    const limits = { timeoutMs: 30_000 };
    const gateways = [cluster.gateway("a", { limits }), cluster.gateway("b", { limits })] as const;
    const workers = await cluster.workers(2);
    await Promise.all(gateways.map((gateway) => gateway.ask("start", KEYS_PER_SECOND / 2)));
    await answers(gateways[0], 200);
    const poisons = ["1", "2", "3"].map((number) => `${POISON}${number}`);
    let deaths = 0;
    for (const poison of poisons) {
      await gateways[0].ask("load", poison);
      // The next one comes while what the one before it has ended is computed key by key.
      deaths += 1;
      await expect
        .poll(() => workers.filter((worker) => worker.isDead).length, PATIENCE)
        .toBeGreaterThanOrEqual(deaths);
      workers.push(await cluster.worker());
    }
    const notAnswered = async (): Promise<number> => {
      const { answered: _, ...others } = await outcomesOf(gateways[0]);
      return Object.values(others).reduce((sum, each) => sum + each, 0);
    };
    while ((await notAnswered()) < poisons.length) {
      const dead = workers.filter((worker) => worker.isDead).length;
      if (workers.length - dead < 2) workers.push(await cluster.worker());
    }
    await answers(gateways[1], 200);
    await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

    const tally = await tallyOf(gateways);
    expectNothingWrong(tally, ["answered", "BATCH_FAILED"]);
    const { BATCH_FAILED: failed } = await gateways[0].ask<{ BATCH_FAILED: string[] }>("failedKeys");
    expect(failed.toSorted()).toEqual(poisons);
    expect(await gateways[1].ask("failedKeys")).toEqual({});
    // Fewer where one of them has been in a batch with another.
    expect(workers.filter((worker) => worker.isDead).length).toBeLessThanOrEqual(2 * poisons.length);
    expect(await cluster.waitingIn("jitney.dead-letters")).toBe(poisons.length);
  },
);

test(
  "at-most-once keys of a killed worker fail at once, and no other worker computes them",
  SLOW,
  async () => {
    await using cluster = new Cluster(await newBrokerURL());
    const gateway = cluster.gateway("a", { delivery: "at-most-once", limits: { timeoutMs: 60_000 } });
    const workers = await cluster.workers(2, { batchMs: 50_000 });
    const computing = firstToCompute(workers);
    await gateway.ask("loadMany", 10);
    const busy = await computing;
    await busy.kill();
    // Long before their time is up, and before the other worker could have computed them.
    await expect.poll(() => outcomesOf(gateway), PATIENCE).toEqual({ BATCH_FAILED: 10 });
    const [other] = workers.filter((worker) => worker !== busy);
    expect(other?.computed).toEqual([]);
    expectNothingWrong(await tallyOf([gateway]), ["BATCH_FAILED"]);
  },
);
