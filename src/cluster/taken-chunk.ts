// A chunk that a worker has: its keys until each has its answer, and its message until that may be acknowledged.

import type { ConsumeMessage } from "amqplib";
import type { PassedBatch } from "../batching/passing-on.ts";
import { CHUNK_TYPE, type ChunkBody } from "./protocol.ts";
import { SharedSignal } from "./shared-signal.ts";

/** Nobody waits for longer, whatever a gateway's clock says: timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;

export class TakenChunk {
  /** What its gateway calls it. */
  readonly id: string;
  /** The gateway's address. */
  readonly replyTo: string;
  readonly message: ConsumeMessage;
  readonly body: ChunkBody;
  /** Aborts when nobody waits for its keys any more. */
  readonly signal = new SharedSignal();
  readonly #timer: NodeJS.Timeout;
  #openCount: number;

  /** @throws Error in one line, for a message that is of another protocol, or cannot be answered. */
  constructor(message: ConsumeMessage, body: ChunkBody, onExpiry: () => void) {
    const { type, messageId, replyTo } = message.properties;
    if (type !== CHUNK_TYPE) throw new Error(`type: expected ${CHUNK_TYPE}`);
    if (!messageId || !replyTo)
      throw new Error("properties: expected a message id and an address for answers");
    this.id = String(messageId);
    this.replyTo = String(replyTo);
    this.message = message;
    this.body = body;
    this.#openCount = body.keys.length;
    this.#timer = setTimeout(onExpiry, Math.min(Math.max(0, this.msLeft), LONGEST_MS)).unref();
  }

  /** Until its callers give up, by this machine's clock. */
  get msLeft(): number {
    return this.body.deadline - Date.now();
  }

  /** How many keys have no answer. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Nobody waits any more: what has not started will not be computed. */
  abort(): void {
    clearTimeout(this.#timer);
    this.signal.abort();
  }

  /** To be called once for each key; returns whether it was the last. */
  countAnswer(): boolean {
    this.#openCount -= 1;
    if (this.#openCount === 0) clearTimeout(this.#timer);
    return this.#openCount === 0;
  }
}

/** The batch of a key, in this process. */
export type ServingBatch = Omit<PassedBatch, "worker">;

/** One key of a chunk: what its batch tells it is kept until its answer. */
export class TakenKey {
  readonly chunk: TakenChunk;
  /** What answers call it. */
  readonly index: number;
  #batch: ServingBatch | undefined;

  constructor(chunk: TakenChunk, place: number) {
    this.chunk = chunk;
    this.index = chunk.body.first + place;
  }

  get batch(): ServingBatch | undefined {
    return this.#batch;
  }

  /** Where `BatchFacts` are told: called when its batch starts. */
  add(batch: ServingBatch): void {
    this.#batch = batch;
  }
}
