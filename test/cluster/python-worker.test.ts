// The protocol page is exact enough to write a worker by it: the one in Python keeps what is promised, beside gateways of ours.

import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { describe, expect, test } from "vitest";
import type { Delivery, PassedBatch } from "../../src/batching/passing-on.ts";
import { BatchWorker, sharedBatch } from "../../src/cluster/index.ts";
import { decodeAnswers } from "../../src/cluster/protocol.ts";
import { type Batcher, createBatcher } from "../../src/index.ts";
import { newBrokerURL } from "../support/new-broker-url.ts";
import { isPythonHere, type PythonWorker, startPythonWorker } from "../support/python-worker.ts";

/** A server that passes its keys on, and which batches each of them was part of. */
class GatewayOfTest implements AsyncDisposable {
  readonly batches = new Map<unknown, PassedBatch>();
  readonly #shared;
  readonly #batcher: Batcher<{ x: unknown }, string>;

  constructor(url: string, delivery: Delivery = "at-least-once", timeoutMs = 15_000) {
    this.#shared = sharedBatch<{ x: unknown }, string>("upper", { url, delivery, onWarning: () => {} });
    this.#batcher = createBatcher(this.#shared, {
      name: "upper",
      timeoutMs,
      watchBatch: () => ({
        run: (call) => call(),
        join: () => {},
        served: ({ origin }, batch) => void this.batches.set(origin, batch),
        end: () => {},
      }),
    });
  }

  load(x: unknown, partition = ""): Promise<string> {
    return this.#batcher.load({ x }, { partition, origin: x });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shared.close();
  }
}

describe.runIf(isPythonHere)("a worker in Python", () => {
  test("computes keys of two gateways in one batch, and gives each its own value or error", async () => {
    const url = await newBrokerURL();
    await using worker = startPythonWorker(url, { maxDelayMs: 300 });
    await using one = new GatewayOfTest(url);
    await using two = new GatewayOfTest(url);
    await Promise.all([one.load("ant"), two.load("bee")]);
    const results = await Promise.allSettled([
      one.load("cat"),
      one.load(5),
      two.load("dog"),
      two.load("cat"),
    ]);
    expect(results).toEqual([
      { status: "fulfilled", value: "CAT" },
      {
        status: "rejected",
        reason: expect.objectContaining({ name: "ValueError", message: "x: expected a text" }),
      },
      { status: "fulfilled", value: "DOG" },
      { status: "fulfilled", value: "CAT" },
    ]);
    const batches = ["cat", 5].map((x) => one.batches.get(x)).concat(two.batches.get("dog"));
    for (const batch of batches) {
      expect(batch).toMatchObject({ size: 4, reason: "delay", worker: expect.stringMatching(/:\d+$/) });
      expect(batch?.id).toBe(batches[0]?.id);
    }
    expect(worker.calls.at(-1)?.toSorted()).toEqual(["cat", "cat", "dog", 5].toSorted());
  });

  test("sends a batch that is full at once, and keeps partitions apart", async () => {
    const url = await newBrokerURL();
    await using worker = startPythonWorker(url, { maxDelayMs: 2_000 });
    await using gateway = new GatewayOfTest(url);
    const words = Array.from({ length: 32 }, (_, index) => `w${index}`);
    const startedAt = performance.now();
    const first = words.map((word) => gateway.load(word, "a"));
    await Promise.all([...first, gateway.load("other", "b")].slice(0, -1));
    expect(gateway.batches.get("w0")).toMatchObject({ size: 32, reason: "size" });
    await gateway.load("third", "c");
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    expect(worker.calls.map((call) => call.length)).toEqual([32, 1, 1]);
  });

  test("that is killed in mid-batch costs nobody an answer: another one computes its keys", async () => {
    const url = await newBrokerURL();
    await using gateway = new GatewayOfTest(url);
    await using killed = startPythonWorker(url, { runMs: 1_000 });
    const words = ["cat", "dog", "ant", "bee"];
    const answers = Promise.all(words.map((word) => gateway.load(word)));
    await killed.printed(/cat/);
    await using other = startPythonWorker(url);
    await killed.stop();
    expect(await answers).toEqual(["CAT", "DOG", "ANT", "BEE"]);
    // A key that kills workers would have been alone.
    expect(other.calls.toSorted()).toEqual([["ant"], ["bee"], ["cat"], ["dog"]]);
  });

  test("works beside one of ours, which computes what it was killed with", async () => {
    const url = await newBrokerURL();
    await using gateway = new GatewayOfTest(url);
    await using killed = startPythonWorker(url, { runMs: 1_000 });
    const answers = Promise.all(["cat", "dog"].map((word) => gateway.load(word)));
    await killed.printed(/cat/);
    const calls: unknown[] = [];
    const makeBatcher = () =>
      createBatcher<unknown, unknown>((keys) => {
        calls.push(keys);
        return (keys as readonly { x: string }[]).map(({ x }) => x.toUpperCase());
      });
    const field = { coordinate: "Query.upper", batcher: makeBatcher(), makeLone: makeBatcher };
    const ours = new BatchWorker({ url, fields: [field], onWarning: () => {} });
    await killed.stop();
    expect(await answers).toEqual(["CAT", "DOG"]);
    expect(calls.flat()).toEqual([{ x: "cat" }, { x: "dog" }]);
    await ours.drain();
  });

  test("that a key kills fails that key alone, with the second worker, and the key is among the dead letters", async () => {
    const url = await newBrokerURL();
    await using gateway = new GatewayOfTest(url);
    const settled = Promise.allSettled(["cat", "poison", "dog"].map((word) => gateway.load(word)));
    let deaths = 0;
    for (let isSettled = false; !isSettled; ) {
      await using worker = startPythonWorker(url);
      const winner = await Promise.race([worker.ended(), settled]);
      isSettled = Array.isArray(winner);
      if (!isSettled) deaths += 1;
    }
    const [cat, poison, dog] = await settled;
    expect([cat, dog]).toEqual([
      { status: "fulfilled", value: "CAT" },
      { status: "fulfilled", value: "DOG" },
    ]);
    expect(poison).toMatchObject({ status: "rejected", reason: { code: "BATCH_FAILED" } });
    expect(deaths).toBe(2);
    await using observer = await Observer.at(url);
    expect(await observer.deadLetters()).toEqual([
      {
        keys: [{ x: "poison" }],
        queue: "jitney.Query.upper.lone",
        reason: "A key that has ended two workers",
      },
    ]);
  });

  test("never computes again what is to be computed at most once", async () => {
    const url = await newBrokerURL();
    await using gateway = new GatewayOfTest(url, "at-most-once");
    await using killed = startPythonWorker(url, { runMs: 1_000 });
    const answer = gateway.load("cat").catch((error: unknown) => error);
    await killed.printed(/cat/);
    await killed.stop();
    await using other = startPythonWorker(url);
    expect(await answer).toMatchObject({ code: "BATCH_FAILED" });
    expect(await gateway.load("dog")).toBe("DOG");
    expect(other.calls).toEqual([["dog"]]);
  });

  test("that is told to stop in mid-batch answers that, and what it has taken meanwhile", async () => {
    const url = await newBrokerURL();
    await using gateway = new GatewayOfTest(url);
    await using worker = startPythonWorker(url, { runMs: 500 });
    const cat = gateway.load("cat");
    await worker.printed(/cat/);
    const dog = gateway.load("dog");
    worker.terminate();
    expect(await Promise.all([cat, dog])).toEqual(["CAT", "DOG"]);
    expect(await worker.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(worker.calls).toEqual([["cat"], ["dog"]]);
  });

  test("that is told to stop, under load, costs nobody an answer, and ends in order", async () => {
    const url = await newBrokerURL();
    await using one = new GatewayOfTest(url);
    await using two = new GatewayOfTest(url);
    const workers = [1, 2, 3, 4].map(() => startPythonWorker(url, { runMs: 5 }));
    let [loads, isOver] = [0, false];
    const failures: unknown[] = [];
    const clients = Array.from({ length: 200 }, async (_, client) => {
      while (!isOver) {
        loads += 1;
        const word = `w${loads}`;
        const value = await (client % 2 === 0 ? one : two).load(word).catch((error: unknown) => error);
        if (value !== word.toUpperCase()) failures.push(value);
      }
    });
    for (const _ of [1, 2, 3]) {
      await Promise.any(workers.map((worker) => worker.printed(/w\d/)));
      await sleep(500);
      // The one that chunks gather at.
      const busiest = workers.toSorted((a, b) => b.calls.length - a.calls.length)[0];
      busiest?.terminate();
      expect(await busiest?.ended()).toMatchObject({ exitCode: 0, stderr: "" });
      workers.splice(workers.indexOf(busiest as PythonWorker), 1);
    }
    await sleep(500);
    isOver = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(loads).toBeGreaterThan(1_000);
    for (const worker of workers) await worker.stop();
  });

  test("answers what came too late without computing it, and puts away what it cannot read", async () => {
    const url = await newBrokerURL();
    await using worker = startPythonWorker(url);
    await using observer = await Observer.at(url);
    const body = { partition: "", first: 3, keys: [{ x: "cat" }] };
    await observer.send("late", { ...body, deadline: Date.now() - 1 });
    await observer.send("odd", { ...body, keys: "cat" });
    await observer.send("good", { ...body, deadline: Date.now() + 10_000 });
    const answers = [await observer.answers(), await observer.answers()].flat();
    expect(answers).toMatchObject([
      { chunk: "late", index: 3, batch: undefined, error: { code: "BATCH_TIMEOUT" } },
      { chunk: "good", index: 3, batch: { size: 1 }, value: "CAT", error: undefined },
    ]);
    expect(await observer.deadLetters()).toMatchObject([
      { keys: "cat", queue: "jitney.Query.upper", reason: expect.stringMatching(/^It cannot be read/) },
    ]);
    expect(worker.calls).toEqual([["cat"]]);
  });
});

/** A gateway by hand, which sees the dead letters too. */
class Observer implements AsyncDisposable {
  readonly #model: ChannelModel;
  readonly #channel: Channel;
  readonly #messages: Buffer[] = [];

  private constructor(model: ChannelModel, channel: Channel) {
    this.#model = model;
    this.#channel = channel;
  }

  static async at(url: string): Promise<Observer> {
    const model = await connect(url);
    const channel = await model.createChannel();
    const observer = new Observer(model, channel);
    await channel.consume(
      "amq.rabbitmq.reply-to",
      (message) => {
        if (message === null) return;
        observer.#messages.push(message.content);
        channel.emit("answers");
      },
      { noAck: true },
    );
    return observer;
  }

  async send(messageId: string, body: object): Promise<void> {
    const bounds = { "x-queue-type": "classic", "x-max-length": 10_000, "x-overflow": "reject-publish" };
    await this.#channel.assertQueue("jitney.Query.upper", { durable: true, arguments: bounds });
    this.#channel.sendToQueue("jitney.Query.upper", Buffer.from(JSON.stringify(body)), {
      contentType: "application/json",
      type: "jitney.chunk.1",
      messageId,
      replyTo: "amq.rabbitmq.reply-to",
    });
  }

  /** Of the next message. */
  async answers() {
    if (this.#messages.length === 0) await once(this.#channel, "answers");
    return decodeAnswers(this.#messages.shift() as Buffer);
  }

  async deadLetters(): Promise<readonly object[]> {
    const letters: object[] = [];
    for (;;) {
      const message = await this.#channel.get("jitney.dead-letters", { noAck: true });
      if (message === false) return letters;
      const { keys } = JSON.parse(message.content.toString()) as { keys: unknown };
      const headers = message.properties.headers ?? {};
      letters.push({ keys, queue: headers["jitney-queue"], reason: headers["jitney-reason"] });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model.close();
  }
}
