// A worker: computes the keys that gateways send, of all its fields, until it is told to stop.

import { randomInt } from "node:crypto";
import { hostname } from "node:os";
import type { ChannelModel } from "amqplib";
import { type DrainOptions, OptionError } from "../batching/index.ts";
import { checkAddress } from "./address.ts";
import { Broker } from "./broker.ts";
import { FieldWorker, type WorkedField } from "./field-worker.ts";
import { Presence } from "./presence.ts";
import { checkQueueOptions, type QueueOptions } from "./queue-options.ts";
import { Solitude } from "./solitude.ts";
import { watchStalls } from "./stall-watch.ts";
import type { TakenKey } from "./taken-chunk.ts";

/**
 * A batch function that blocks its thread keeps heartbeats from being sent: the broker waits for one to two times this
 * before it gives the worker's chunks to another. (RabbitMQ's own default, too.)
 */
const HEARTBEAT_SECONDS = 60;

const NO_BOUND = 1_000_000;

export interface BatchWorkerOptions extends QueueOptions {
  /** The broker: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. */
  readonly url: string;
  /** What it computes: what `bindBatchedFields` gives, for example. */
  readonly fields: readonly WorkedField[];
  /** What answers call it; default: the machine's name and the number of the process. */
  readonly name?: string;
  /**
   * Makes what a load says of itself (`LoadOptions.origin`), of a key and the headers of its message. `originFrom`, for batched
   * fields with traces; default: the same without traces.
   */
  readonly originOf?: (key: TakenKey, headers: Readonly<Record<string, unknown>>) => unknown;
  /** Told in one line of what whoever runs the worker should know. */
  readonly onWarning: (message: string) => void;
  /** Told whenever it has connected. */
  readonly onUp?: () => void;
}

/**
 * Computes the keys that gateways send for these fields. It connects at once, and again whenever the connection is lost.
 *
 * @throws OptionError when an option cannot be used; Error where `amqplib` is not installed.
 * @example
 * const fields = bindBatchedFields(schema);
 * const worker = new BatchWorker({ url: "amqp://127.0.0.1", fields, originOf: originFrom, onWarning: console.warn });
 * process.once("SIGTERM", () => worker.drain());
 */
export class BatchWorker {
  readonly name: string;
  readonly fields: readonly FieldWorker[];
  readonly #broker: Broker;
  readonly #stopWatching: () => void;
  #drained: Promise<void> | undefined;

  constructor(options: BatchWorkerOptions) {
    const { fields, originOf = factsOnly, onWarning, onUp = () => {} } = options;
    this.name = options.name ?? `${hostname()}:${process.pid}`;
    const queues = checkQueueOptions(options);
    // Each worker has its own: chunks gather at the highest one that has room, and make full batches there.
    const priority = randomInt(1, 2 ** 31 - 1);
    for (const { coordinate, batcher } of fields) {
      if (batcher.passesOn)
        throw new OptionError(coordinate, "a field that is computed here", "one that passes its keys on");
      // The broker's queue bounds what waits: what has come to the worker has been accepted. It takes far fewer at once.
      batcher.configure({ maxQueueSize: NO_BOUND });
    }
    const solitude = new Solitude(fields.map(({ batcher }) => batcher));
    const ofEach = { worker: this.name, priority, queues, originOf, onWarning, solitude };
    this.fields = fields.map((field) => new FieldWorker(field, ofEach));
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

  /**
   * Takes no more chunks, answers those that it has, and ends the connection.
   *
   * @param options `graceMs`: milliseconds after which other workers get what has no answer; default: each field's `abortGraceMs`.
   */
  drain(options: Pick<DrainOptions, "graceMs"> = {}): Promise<void> {
    this.#drained ??= this.#drain(options);
    return this.#drained;
  }

  async #drain(options: Pick<DrainOptions, "graceMs">): Promise<void> {
    await Promise.all(this.fields.map((field) => field.drain(options)));
    this.#stopWatching();
    await this.#broker.close();
  }

  async #setUp(model: ChannelModel): Promise<void> {
    const presence = new Presence(model);
    for (const field of this.fields) await field.setUp(model, presence);
  }
}

/** As `batched()` has it (graphql/batch-watch.ts): a key is told which batch it is part of. */
function factsOnly(key: TakenKey): unknown {
  return { facts: key, span: undefined };
}
