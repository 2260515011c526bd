// Gateways, brokers and workers in virtual time, for scaling.ts. No code of Jitney's runs in it: what src/cluster and the
// heart do is written down here once more, as short as it can be.

import type { SeededRandom } from "../test/support/seeded-random.ts";
import { type Cost, Processor, type Timeline } from "./scaling-timeline.ts";

export interface Scale {
  readonly gateways: number;
  readonly workers: number;
  readonly brokers: number;
  readonly coresOfBroker: number;
  readonly keysPerSecond: number;
  readonly seconds: number;
  /** Whether chunks go to the first worker that has room, or to one after the other. */
  readonly priorities: boolean;
  readonly callMs: number;
  readonly concurrency: number;
  /** The first broker is gone after so long, for so long; its clients go to the others, or wait for it. */
  readonly loss?: { readonly atMs: number; readonly forMs: number; readonly othersTakeOver: boolean };
  readonly costs: Readonly<Record<"gateway" | "worker" | "broker", Cost>>;
}

const MAX_BATCH_SIZE = 32;
/** Timers of 5 ms ring so much later. */
const MAX_DELAY_MS = 5.7;
const HOP_MS = 0.1;
/** As src/cluster has them. */
const MAX_OPEN_CHUNKS = 256;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
const JITTER = 0.2;

interface Key {
  readonly loadedAt: number;
  answeredAt?: number;
}

interface Chunk {
  readonly gateway: Gateway;
  readonly keys: readonly Key[];
  openCount: number;
}

/** A key that a worker has. */
interface Taken {
  readonly taken: { readonly chunk: Chunk; readonly connection: number; open: number };
  readonly key: Key;
  readonly dueAt: number;
}

/** Whatever has a connection: it tries again and again, and at random, when that is lost. */
abstract class Client {
  broker: Broker;
  /** The number of its connection; 0 while it has none. */
  connection = 1;
  reconnectedAt = 0;
  readonly cluster: Cluster;
  #lastConnection = 1;

  constructor(cluster: Cluster, broker: Broker) {
    this.cluster = cluster;
    this.broker = broker;
    broker.connect(this);
  }

  lose(attempt = 0): void {
    const { timeline, random, brokers, scale } = this.cluster;
    this.connection = 0;
    const ms = Math.min(LONGEST_RETRY_MS / (1 + JITTER), FIRST_RETRY_MS * 2 ** attempt);
    timeline.after(ms * (1 + JITTER * (2 * random.next() - 1)), () => {
      const broker = scale.loss?.othersTakeOver ? random.pick(brokers) : this.broker;
      if (broker.isLost) return this.lose(attempt + 1);
      this.broker = broker;
      broker.connect(this);
      this.#lastConnection += 1;
      this.connection = this.#lastConnection;
      this.reconnectedAt = timeline.now;
      this.onConnected();
    });
  }

  abstract onConnected(): void;
}

export class Gateway extends Client {
  readonly #waiting: Key[] = [];
  readonly #open = new Set<Chunk>();
  readonly processor = new Processor(this.cluster.timeline, this.cluster.scale.costs.gateway);
  #isSending = false;

  load(key: Key): void {
    this.#waiting.push(key);
    this.#send();
  }

  get openKeys(): number {
    return [...this.#open].reduce((sum, { openCount }) => sum + openCount, this.#waiting.length);
  }

  answer(chunk: Chunk, key: Key): void {
    if (key.answeredAt !== undefined) return;
    key.answeredAt = this.cluster.timeline.now;
    chunk.openCount -= 1;
    if (chunk.openCount > 0) return;
    this.#open.delete(chunk);
    this.#send();
  }

  /** The keys that have come while it was busy make one chunk. */
  #send(): void {
    if (this.#isSending || this.#waiting.length === 0 || this.#open.size >= MAX_OPEN_CHUNKS) return;
    this.#isSending = true;
    const keys = this.#waiting.splice(0, MAX_BATCH_SIZE);
    const chunk: Chunk = { gateway: this, keys, openCount: keys.length };
    this.#open.add(chunk);
    this.processor.handle(keys.length, () => {
      this.#isSending = false;
      this.#publish(chunk);
      this.#send();
    });
  }

  #publish(chunk: Chunk): void {
    if (this.connection !== 0) this.broker.publish(chunk);
  }

  onConnected(): void {
    for (const chunk of this.#open) this.#publish(chunk);
  }
}

export class Broker {
  isLost = false;
  chunks = 0;
  readonly #clients = new Set<Client>();
  #workers: readonly Worker[] = [];
  readonly cluster: Cluster;
  readonly processor: Processor;
  #queue: Chunk[] = [];

  constructor(cluster: Cluster) {
    const { coresOfBroker, costs } = cluster.scale;
    this.cluster = cluster;
    this.processor = new Processor(cluster.timeline, costs.broker, coresOfBroker);
  }

  connect(client: Client): void {
    this.#clients.add(client);
    if (client instanceof Worker) this.#workers = [...this.#workers, client];
  }

  publish(chunk: Chunk): void {
    const { connection } = chunk.gateway;
    this.chunks += 1;
    this.processor.handle(chunk.keys.length, () => {
      if (chunk.gateway.connection !== connection) return;
      this.#queue.push(chunk);
      this.deliver();
    });
  }

  deliver(): void {
    while (this.#queue.length > 0) {
      const worker = this.#workers.find(({ hasRoom }) => hasRoom);
      if (worker === undefined) return;
      worker.take(this.#queue.shift() as Chunk);
      if (this.cluster.scale.priorities) continue;
      // The next one is the turn of those after it.
      const place = this.#workers.indexOf(worker) + 1;
      this.#workers = [...this.#workers.slice(place), ...this.#workers.slice(0, place)];
    }
  }

  lose(forMs: number): void {
    this.isLost = true;
    this.#queue = [];
    for (const client of this.#clients) client.lose();
    this.#clients.clear();
    this.#workers = [];
    this.cluster.timeline.after(forMs, () => {
      this.isLost = false;
    });
  }
}

export class Worker extends Client {
  calls = 0;
  readonly processor = new Processor(this.cluster.timeline, this.cluster.scale.costs.worker);
  readonly #waiting: Taken[] = [];
  #heldChunks = 0;
  #running = 0;

  get hasRoom(): boolean {
    return this.#heldChunks < MAX_BATCH_SIZE * (this.cluster.scale.concurrency + 1);
  }

  take(chunk: Chunk): void {
    this.#heldChunks += 1;
    const { timeline } = this.cluster;
    const handle = (): void => this.processor.handle(chunk.keys.length, load);
    const load = (): void => {
      const dueAt = timeline.now + MAX_DELAY_MS;
      const taken = { chunk, open: chunk.keys.length, connection: this.connection };
      for (const key of chunk.keys) this.#waiting.push({ taken, key, dueAt });
      timeline.after(MAX_DELAY_MS, () => this.#pump());
      this.#pump();
    };
    timeline.after(HOP_MS, handle);
  }

  onConnected(): void {
    this.#heldChunks = 0;
    this.broker.deliver();
  }

  #pump(): void {
    const { timeline, scale } = this.cluster;
    while (this.#running < scale.concurrency) {
      const isDue = (this.#waiting[0]?.dueAt ?? Infinity) <= timeline.now;
      if (!isDue && this.#waiting.length < MAX_BATCH_SIZE) return;
      const batch = this.#waiting.splice(0, MAX_BATCH_SIZE);
      this.#running += 1;
      this.calls += 1;
      timeline.after(scale.callMs, () => {
        this.#running -= 1;
        for (const { taken, key } of batch) this.#answer(taken, key);
        this.#pump();
      });
    }
  }

  #answer(taken: Taken["taken"], key: Key): void {
    const { chunk, connection } = taken;
    // What came over a connection that is gone has been given to others, and is asked for again.
    if (connection !== this.connection) return;
    this.cluster.timeline.after(2 * HOP_MS, () => chunk.gateway.answer(chunk, key));
    taken.open -= 1;
    if (taken.open > 0) return;
    this.#heldChunks -= 1;
    this.broker.deliver();
  }
}

export class Cluster {
  readonly scale: Scale;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly brokers: readonly Broker[];
  readonly gateways: readonly Gateway[];
  readonly workers: readonly Worker[];

  constructor(scale: Scale, timeline: Timeline, random: SeededRandom) {
    this.scale = scale;
    this.timeline = timeline;
    this.random = random;
    this.brokers = Array.from({ length: scale.brokers }, () => new Broker(this));
    const brokerOf = (index: number): Broker => this.brokers[index % scale.brokers] as Broker;
    this.gateways = Array.from({ length: scale.gateways }, (_, index) => new Gateway(this, brokerOf(index)));
    this.workers = Array.from({ length: scale.workers }, (_, index) => new Worker(this, brokerOf(index)));
  }
}
