// A worker: computes the keys that gateways send, of all its fields, until it is told to stop.

import { randomInt } from "node:crypto";
import { hostname } from "node:os";
import type { ChannelModel } from "amqplib";
import { checkAddress } from "./address.ts";
import { Broker } from "./broker.ts";
import { FieldWorker, type WorkedField } from "./field-worker.ts";
import { Presence } from "./presence.ts";
import { checkQueueOptions, type QueueOptions } from "./queues.ts";
import { watchStalls } from "./stall-watch.ts";
import type { TakenKey } from "./taken-chunk.ts";

/**
 * A batch function that blocks its thread keeps heartbeats from being sent: the broker waits for twice this before it gives
 * the worker's chunks to another. (RabbitMQ's own default, too.)
 */
const HEARTBEAT_SECONDS = 60;

export interface BatchWorkerOptions extends QueueOptions {
  /** The broker: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. */
  readonly url: string;
  readonly fields: readonly WorkedField[];
  /** What answers call it; default: the machine's name and the number of the process. */
  readonly name?: string;
  /** Makes what a load says of itself (`LoadOptions.origin`); default: nothing. */
  readonly originOf?: (key: TakenKey, headers: Readonly<Record<string, unknown>>) => unknown;
  /** Told in one line of what whoever runs the worker should know. */
  readonly onWarning: (message: string) => void;
  /** Told whenever it has connected. */
  readonly onUp?: () => void;
}

export class BatchWorker {
  readonly name: string;
  readonly fields: readonly FieldWorker[];
  readonly #broker: Broker;
  readonly #stopWatching: () => void;
  #drained: Promise<void> | undefined;

  constructor(options: BatchWorkerOptions) {
    const { fields, originOf = () => undefined, onWarning, onUp = () => {} } = options;
    this.name = options.name ?? `${hostname()}:${process.pid}`;
    const queues = checkQueueOptions(options);
    // Each worker has its own: chunks gather at the highest one that has room, and make full batches there.
    const priority = randomInt(1, 2 ** 31 - 1);
    this.fields = fields.map(
      (field) => new FieldWorker(field, { worker: this.name, priority, queues, originOf, onWarning }),
    );
    this.#broker = new Broker({
      url: checkAddress("url", options.url),
      name: `jitney worker ${this.name}`,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      setUp: (model) => this.#setUp(model),
      onDown: onWarning,
      onUp,
    });
    this.#stopWatching = watchStalls(this.#broker.heartbeatSeconds, onWarning);
    this.#broker.open();
  }

  get isConnected(): boolean {
    return this.#broker.isConnected;
  }

  /** Takes no more chunks, answers those that it has, and ends the connection. */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    await Promise.all(this.fields.map((field) => field.drain()));
    this.#stopWatching();
    await this.#broker.close();
  }

  async #setUp(model: ChannelModel): Promise<void> {
    const presence = new Presence(model);
    for (const field of this.fields) await field.setUp(model, presence);
  }
}
