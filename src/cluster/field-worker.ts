// The worker's side of one field: computes the keys of its queue, over whatever connection there is.

import type { ChannelModel } from "amqplib";
import type { Batcher } from "../batching/batcher.ts";
import type { DrainOptions } from "../batching/index.ts";
import { FieldLink } from "./field-link.ts";
import type { Presence } from "./presence.ts";
import type { QueueSettings } from "./queue-options.ts";
import { checkQueueName } from "./queues.ts";
import { settlesWithin } from "./settles-within.ts";
import type { Solitude } from "./solitude.ts";
import type { TakenKey } from "./taken-chunk.ts";

/** A field whose keys a worker computes. */
export interface WorkedField {
  /** `Query.upper` */
  readonly coordinate: string;
  readonly batcher: Batcher<unknown, unknown>;
  /** Makes another batcher of the field, which computes each key by itself, one after the other. */
  makeLone(): Batcher<unknown, unknown>;
}

/** What has become of the chunks, for metrics; each number only grows. */
export interface FieldTotals {
  received: number;
  /** Given to this worker after another one had died with them, or had lost its connection. */
  redelivered: number;
  /** Whose callers had given up when they came. */
  expired: number;
  /** Whose gateway was gone. */
  orphaned: number;
  /** That are not as the protocol has them. */
  unreadable: number;
  /** Keys that two workers died with. */
  condemned: number;
}

/** How many chunks wait at the broker, and how many keys that are computed by themselves. */
export interface QueueDepths {
  readonly shared: number;
  readonly lone: number;
}

export interface FieldWorkerOptions {
  /** What answers call the worker. */
  readonly worker: string;
  readonly priority: number;
  readonly queues: QueueSettings;
  /** Makes what a load says of itself (`LoadOptions.origin`), of a key and the headers of its message. */
  readonly originOf: (key: TakenKey, headers: Readonly<Record<string, unknown>>) => unknown;
  readonly onWarning: (message: string) => void;
  /** Of the worker: for keys that are computed while nothing else is. */
  readonly solitude: Solitude;
}

/** How long a drain waits for a connection that is being made, and a scrape for a broker that is silent. */
const SET_UP_MS = 2_000;
const DEPTHS_MS = 1_000;

export class FieldWorker {
  readonly totals: FieldTotals = {
    received: 0,
    redelivered: 0,
    expired: 0,
    orphaned: 0,
    unreadable: 0,
    condemned: 0,
  };
  readonly #field: WorkedField;
  readonly #lone: Batcher<unknown, unknown>;
  readonly #options: FieldWorkerOptions;
  /** Over the connection that there is, or was last. */
  #link: FieldLink | undefined;
  #opening: Promise<unknown> = Promise.resolve();
  /** While it is asked. */
  #depths: Promise<QueueDepths | undefined> | undefined;
  #isDraining = false;

  constructor(field: WorkedField, options: FieldWorkerOptions) {
    checkQueueName(field.coordinate);
    this.#field = field;
    this.#lone = field.makeLone();
    this.#options = options;
  }

  get name(): string {
    return this.#field.coordinate;
  }

  /** How many chunks have keys without an answer. */
  get openChunks(): number {
    return this.#link?.openChunks ?? 0;
  }

  /** How many chunks wait at the broker; undefined while it cannot be asked. */
  async depths(): Promise<QueueDepths | undefined> {
    this.#depths ??= (this.#link?.depths() ?? Promise.resolve(undefined))
      .catch(() => undefined)
      .finally(() => {
        this.#depths = undefined;
      });
    const asked = this.#depths;
    return (await settlesWithin(asked, DEPTHS_MS)) ? asked : undefined;
  }

  /** Takes chunks over a new connection. */
  async setUp(model: ChannelModel, presence: Presence): Promise<void> {
    if (this.#isDraining) return;
    const { coordinate: name, batcher } = this.#field;
    const field = { name, batcher, lone: this.#lone, totals: this.totals, ...this.#options };
    const opening = FieldLink.open(field, model, presence);
    this.#opening = opening.catch(() => {});
    this.#link = await opening;
  }

  /** Takes no more chunks, and resolves when those that it has are answered, or their time is up (`DrainOptions.graceMs`). */
  async drain(options: Pick<DrainOptions, "graceMs">): Promise<void> {
    this.#isDraining = true;
    // One that is just being made would take chunks that nobody here computes any more.
    await settlesWithin(this.#opening, SET_UP_MS);
    await this.#link?.stopTaking();
    await Promise.all([this.#field.batcher.drain(options), this.#lone.drain(options)]);
    await this.#link?.close();
  }
}
