// More keys than workers can bear, gateways that die with keys in the queue, and restarts one after the other.

import { expect, test } from "vitest";
import {
  answers,
  Cluster,
  type ClusterWorker,
  expectNothingWrong,
  firstToCompute,
  LATE_MS,
  outcomesOf,
  PATIENCE,
  SLOW,
  tallyOf,
} from "../support/cluster.ts";
import { newBrokerURL } from "../support/new-broker-url.ts";

test(
  "more than workers can bear is refused at once, and what is accepted is answered in time",
  SLOW,
  async () => {
    await using cluster = new Cluster(await newBrokerURL());
    const maxQueuedChunks = 10;
    const timeoutMs = 10_000;
    const gateways = ["a", "b"].map((name) =>
      cluster.gateway(name, { maxQueuedChunks, limits: { timeoutMs } }),
    );
    // 40 keys a second.
    await cluster.worker({
      maxQueuedChunks,
      batchMs: 200,
      limits: { maxBatchSize: 8, concurrency: 1 },
    });
    let most = 0;
    await Promise.all(gateways.map((gateway) => gateway.ask("start", 500)));
    await expect
      .poll(async () => {
        most = Math.max(most, await cluster.waitingIn("jitney.Query.upper"));
        const all = await Promise.all(gateways.map(outcomesOf));
        return Math.min(...all.map((outcomes) => outcomes.BATCH_QUEUE_FULL ?? 0));
      }, PATIENCE)
      .toBeGreaterThan(500);
    await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

    const tally = await tallyOf(gateways);
    expectNothingWrong(tally, ["answered", "BATCH_QUEUE_FULL"]);
    expect(most).toBeLessThanOrEqual(maxQueuedChunks);
    expect(tally.slowestRefusalMs).toBeLessThan(LATE_MS);
    expect(tally.slowestMs).toBeLessThan(timeoutMs);
  },
);

test(
  "keys of a gateway that was killed are not computed once that is known, and all others are",
  SLOW,
  async () => {
    await using cluster = new Cluster(await newBrokerURL());
    const limits = { maxBatchSize: 8, timeoutMs: 20_000 };
    const doomed = cluster.gateway("doomed", { limits });
    const other = cluster.gateway("other", { limits });
    // It is noticed within a second or so, while the first batch runs.
    const worker = await cluster.worker({ batchMs: 3_000, limits: { maxBatchSize: 8, concurrency: 1 } });
    const doomedOnes = (): number => worker.computed.filter((key) => key.startsWith("doomed")).length;
    // One batch that runs, one that waits at the worker, and all others at the broker.
    await doomed.ask("loadMany", 200);
    await expect.poll(doomedOnes, PATIENCE).toBe(8);
    await doomed.stop();
    await other.ask("loadMany", 8);
    expectNothingWrong(await tallyOf([other]));

    expect(doomedOnes()).toBe(8);
    expect((await worker.totals()).orphaned).toBe(25);
  },
);

test("gateways and workers that are restarted one after the other cost nobody an answer", SLOW, async () => {
  await using cluster = new Cluster(await newBrokerURL());
  const gateways = [cluster.gateway("a"), cluster.gateway("b"), cluster.gateway("c")];
  const workers = await cluster.workers(2);
  const gone: ClusterWorker[] = [];
  await Promise.all(gateways.map((gateway) => gateway.ask("start", 500)));
  for (const [round, oldGateway] of gateways.entries()) {
    const newGateway = cluster.gateway(`new${round}`);
    gateways.push(newGateway);
    await newGateway.ask("start", 500);
    workers.push(await cluster.worker());
    await Promise.all([answers(oldGateway, 100), answers(newGateway, 100)]);
    const busy = await firstToCompute(workers);
    await Promise.all([oldGateway.ask("drain"), busy.process.ask("drain")]);
    gone.push(...workers.splice(workers.indexOf(busy), 1));
    await answers(newGateway, 100);
    if (round === 2) break;
  }
  await Promise.all(gateways.map((gateway) => gateway.ask("stop")));

  expectNothingWrong(await tallyOf(gateways));
  const totals = await Promise.all([...gone, ...workers].map((worker) => worker.totals()));
  expect(totals.map(({ redelivered }) => redelivered)).toEqual([0, 0, 0, 0, 0]);
});
