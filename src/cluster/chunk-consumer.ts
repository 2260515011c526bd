// Takes chunks from a field's queue: as many at once as hold the keys that the worker can use, however many are in each.

import type { Channel, ConsumeMessage } from "amqplib";

/** How often it may change how many chunks are taken at once, and by what factor that has to be wrong. */
const CHANGE_EVERY_MS = 100;
const TOLERANCE = 1.5;

/** The weight of the last chunk in the average. */
const LAST_WEIGHT = 1 / 16;

export interface ChunkConsumerOptions {
  readonly queue: string;
  /** Consumers of higher priority get chunks first, until they have as many as they take. */
  readonly priority: number;
  /** How many keys it takes at once, about. */
  readonly keys: number;
  /** As many keys as a chunk can hold. */
  readonly maxKeysPerChunk: number;
  /** null when the queue is gone. */
  readonly take: (message: ConsumeMessage | null) => void;
}

/**
 * The broker bounds what a consumer has by messages, not by keys. A bound that is right for chunks of one key would let a
 * worker hoard hundreds of full batches while others have nothing to do; and all that it has is computed key by key, should it
 * die. So the bound follows the size of the chunks: another consumer takes the place of the one that there is.
 */
export class ChunkConsumer {
  readonly #channel: Channel;
  readonly #options: ChunkConsumerOptions;
  #keysPerChunk: number;
  #prefetch = 0;
  #tag: string | undefined;
  #changedAt = 0;
  /** Of the last change. */
  #changed: Promise<void> = Promise.resolve();
  #isCancelled = false;

  private constructor(channel: Channel, options: ChunkConsumerOptions) {
    this.#channel = channel;
    this.#options = options;
    // Too few for a moment is better than too many.
    this.#keysPerChunk = options.maxKeysPerChunk;
  }

  static async start(channel: Channel, options: ChunkConsumerOptions): Promise<ChunkConsumer> {
    const consumer = new ChunkConsumer(channel, options);
    await consumer.#change();
    return consumer;
  }

  /** To be told how many keys each chunk has. */
  note(keys: number): void {
    this.#keysPerChunk += (keys - this.#keysPerChunk) * LAST_WEIGHT;
    const ratio = this.#wanted / this.#prefetch;
    if (this.#isCancelled || (ratio < TOLERANCE && ratio > 1 / TOLERANCE)) return;
    const now = performance.now();
    if (now - this.#changedAt < CHANGE_EVERY_MS) return;
    this.#changedAt = now;
    this.#changed = this.#changed
      .then(() => this.#change())
      .catch(() => {
        // The channel is closed, and with it all else.
      });
  }

  /** What comes meanwhile is taken. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    await this.#changed;
    if (this.#tag !== undefined) await this.#channel.cancel(this.#tag);
  }

  get #wanted(): number {
    return Math.ceil(this.#options.keys / this.#keysPerChunk);
  }

  async #change(): Promise<void> {
    if (this.#isCancelled) return;
    const { queue, priority, take } = this.#options;
    const before = this.#tag;
    this.#prefetch = this.#wanted;
    // Holds for consumers that begin after it.
    await this.#channel.prefetch(this.#prefetch);
    this.#tag = (await this.#channel.consume(queue, take, { priority })).consumerTag;
    if (before !== undefined) await this.#channel.cancel(before);
  }
}
