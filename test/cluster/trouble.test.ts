// What is not as it should be is told in one line, and nothing secret in it; and all else goes on.

import { connect } from "amqplib";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { Gateway } from "../../src/cluster/gateway.ts";
import { ANSWERS_TYPE } from "../../src/cluster/protocol.ts";
import { passOn } from "../../src/cluster/shared-batch.ts";
import { type BatchError, createBatcher } from "../../src/index.ts";
import { Cluster, drainAndEnd } from "../support/cluster.ts";
import { newBrokerURL } from "../support/new-broker-url.ts";
import { newField, newGateway, newWorker, sendAnything, takeAll } from "../support/shared-fields.ts";

let url: string;
beforeAll(async () => {
  url = await newBrokerURL();
});

const DEAD_LETTERS = "jitney.dead-letters";

const same = (keys: readonly string[]): readonly string[] => keys;

test("a gateway and a worker whose queue is declared otherwise say so in one line each", async () => {
  const field = newField();
  await newWorker(field, same, { url, maxQueuedChunks: 10 });
  const gateway = newGateway<string, string>(field, { url }, { timeoutMs: 700 });
  const worker = await newWorker(field, same, { url });
  // Long enough for some tries.
  const error = await gateway.batcher.load("a").catch((reason: BatchError) => reason);
  expect(error).toMatchObject({ code: "BATCH_TIMEOUT" });
  for (const { warnings } of [gateway, worker]) {
    expect(warnings).toEqual([
      expect.stringMatching(/^amqp:.*it cannot be used: .*x-max-length.*'10000'.*'10'/),
    ]);
    expect(warnings.join()).not.toMatch(/seat-belt|\n/);
  }
});

test("a field that comes later, and whose queue is declared otherwise, is told with its reason", async () => {
  const [field, other] = [newField(), newField()];
  await newWorker(field, same, { url });
  await newWorker(other, same, { url, maxQueuedChunks: 10 });
  const reasons: string[] = [];
  const queues = { queueType: "classic", maxQueuedChunks: 10_000 } as const;
  const gateway = new Gateway({ url, queues, onDown: (reason) => reasons.push(reason), onUp: () => {} });
  onTestFinished(() => gateway.close());
  const load = (name: string): Promise<string> =>
    createBatcher(passOn<string, string>(gateway, name, undefined), { timeoutMs: 700 }).load("a");
  expect(await load(field)).toBe("a");
  await expect(load(other)).rejects.toMatchObject({ code: "BATCH_TIMEOUT" });
  // What closed the connection, and why there is no other one.
  expect(reasons).toEqual([expect.stringContaining("x-max-length"), expect.stringContaining("x-max-length")]);
});

test.each([
  ["a wrong password", (right: string) => right.replace("seat-belt", "wrong-one"), /ACCESS.REFUSED/],
  [
    "a virtual host that is not there",
    (right: string) => `${right}-not`,
    /has no such virtual host, or does not let the user in/,
  ],
  ["a port where nobody listens", (right: string) => right.replace(/:\d+\//, ":1/"), /ECONNREFUSED/],
])("%s is told in one line, and keys wait until their time is up", async (_, wrong, reason) => {
  const gateway = newGateway<string, string>(newField(), { url: wrong(url) }, { timeoutMs: 2_500 });
  const error = await gateway.batcher.load("a").catch((thrown: BatchError) => thrown);
  expect(error).toMatchObject({ code: "BATCH_TIMEOUT" });
  expect(gateway.warnings).toEqual([expect.stringMatching(reason)]);
  expect(gateway.warnings.join()).toMatch(/keys wait for it until their time is up$/);
  expect(gateway.warnings.join()).not.toMatch(/seat-belt|wrong-one|jitney:|\n/);
});

test("a message that is none of Jitney's is put among the dead letters, and the worker goes on", async () => {
  const field = newField();
  const own = await newBrokerURL();
  const { worker, warnings } = await newWorker(field, same, { url: own });
  const texts = ["", "no JSON", "[]", '{"partition": 1}', '{"partition": "", "deadline": 1e15, "keys": []}'];
  for (const text of texts) await sendAnything(own, `jitney.${field}`, text);
  const tagged = '{"partition":"","deadline":1e15,"tagged":true,"keys":[{"$bigint":"no number"}]}';
  await sendAnything(own, `jitney.${field}`, tagged);
  const { batcher } = newGateway<string, string>(field, { url: own });
  expect(await batcher.load("a")).toBe("a");
  expect(worker.fields[0]?.totals.unreadable).toBe(texts.length + 1);
  expect(warnings).toHaveLength(texts.length + 1);
  const letters = await takeAll(own, DEAD_LETTERS);
  expect(letters.map(({ text }) => text)).toEqual([...texts, tagged]);
  expect(letters[1]?.headers).toMatchObject({
    "jitney-queue": `jitney.${field}`,
    "jitney-reason": "body: expected a JSON object",
  });
});

test("an answer that cannot be read is told of once, and harms no other", async () => {
  const field = newField();
  // So that there is a queue.
  await (await newWorker(field, same, { url })).worker.drain();
  const gateway = newGateway<string, string>(field, { url }, { timeoutMs: 700 });
  const model = await connect(url);
  const channel = await model.createChannel();
  await channel.consume(
    `jitney.${field}`,
    (message) => {
      const texts = ["no JSON", '{"worker":"w","answers":[1]}', '{"worker":"w","answers":[["9",0,null,1]]}'];
      for (const text of texts) {
        channel.sendToQueue(message?.properties.replyTo, Buffer.from(text), { type: ANSWERS_TYPE });
      }
    },
    { noAck: true },
  );
  await expect(gateway.batcher.load("a")).rejects.toMatchObject({ code: "BATCH_TIMEOUT" });
  await model.close();
  await newWorker(field, same, { url });
  expect(await gateway.batcher.load("b")).toBe("b");
  expect(gateway.warnings).toEqual([
    "An answer of a worker cannot be read, and its keys wait in vain: body: expected a JSON object",
  ]);
});

test("a worker that drains answers what it has taken, and another one gets the rest", async () => {
  const field = newField();
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const compute = async (keys: readonly string[]): Promise<readonly string[]> => {
    started.resolve();
    await finish.promise;
    return keys.map((key) => `${key} of the first`);
  };
  const { worker } = await newWorker(field, compute, { url });
  const { batcher } = newGateway<string, string>(field, { url });
  const first = batcher.load("a");
  await started.promise;
  const drained = worker.drain();
  const other = await newWorker(field, same, { url });
  finish.resolve();
  expect(await first).toBe("a of the first");
  await drained;
  expect(await batcher.load("b")).toBe("b");
  expect(other.worker.fields[0]?.totals).toMatchObject({ received: 1, redelivered: 0 });
});

test("what drained workers cannot answer in their time, another one computes", async () => {
  const field = newField();
  const { batcher } = newGateway<string, string>(field, { url });
  const value = batcher.load("a");
  // The second one has it by itself.
  for (let turn = 0; turn < 2; turn += 1) {
    const started = Promise.withResolvers<void>();
    const hang = (): Promise<never> => {
      started.resolve();
      return new Promise(() => {});
    };
    const { worker } = await newWorker(field, hang, { url, options: { abortGraceMs: 100 } });
    await started.promise;
    await worker.drain();
  }
  await newWorker(field, same, { url });
  expect(await value).toBe("a");
});

test("a closed gateway answers at once what it has and what it gets", async () => {
  const { batcher, close } = newGateway<string, string>(newField(), { url });
  const before = batcher.load("a");
  await new Promise((resolve) => setImmediate(resolve));
  const closed = close();
  await expect(before).rejects.toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
  await expect(batcher.load("b")).rejects.toMatchObject({ code: "BATCH_SHUTTING_DOWN" });
  await closed;
});

test("a gateway that was closed and a worker that was drained end by themselves", async () => {
  await using cluster = new Cluster(await newBrokerURL());
  const gateway = cluster.gateway("a");
  const worker = await cluster.worker();
  await gateway.ask("load", "key");
  await gateway.ask("tally");
  for (const each of [gateway, worker.process]) await drainAndEnd(each);
});
