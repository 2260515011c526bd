// Takes chunks from a field's queue: how many at once, prefetch.ts says.

import type { Channel, ConsumeMessage } from "amqplib";
import { systemClock } from "../batching/clock.ts";
import type { Limits } from "../batching/index.ts";
import { Prefetch } from "./prefetch.ts";

export interface ChunkConsumerOptions {
  readonly queue: string;
  /** Consumers of higher priority get chunks first, until they have as many as they take. */
  readonly priority: number;
  /** Those of the batcher that hold now. */
  readonly limits: () => Limits;
  /** null when the queue is gone. */
  readonly take: (message: ConsumeMessage | null) => void;
}

/** The number of chunks holds for consumers that begin after it was said: another one takes the place of the one that there is. */
export class ChunkConsumer {
  readonly #channel: Channel;
  readonly #options: ChunkConsumerOptions;
  readonly #prefetch: Prefetch;
  #tag: string | undefined;
  /** One change after the other. */
  #lastChange: Promise<void> = Promise.resolve();
  #isCancelled = false;

  private constructor(channel: Channel, options: ChunkConsumerOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#prefetch = new Prefetch(options.limits, systemClock);
  }

  static async start(channel: Channel, options: ChunkConsumerOptions): Promise<ChunkConsumer> {
    const consumer = new ChunkConsumer(channel, options);
    await consumer.#change();
    return consumer;
  }

  /** To be told how many keys each chunk has. */
  count(keys: number): void {
    if (!this.#prefetch.count(keys)) return;
    this.#lastChange = this.#lastChange
      .then(() => this.#change())
      .catch(() => {
        // The channel is closed, and with it all else.
      });
  }

  /** What comes meanwhile is taken. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    await this.#lastChange;
    if (this.#tag !== undefined) await this.#channel.cancel(this.#tag);
  }

  async #change(): Promise<void> {
    if (this.#isCancelled) return;
    const { queue, priority, take } = this.#options;
    const former = this.#tag;
    await this.#channel.prefetch(this.#prefetch.chunks);
    this.#tag = (await this.#channel.consume(queue, take, { priority })).consumerTag;
    if (former !== undefined) await this.#channel.cancel(former);
  }
}
