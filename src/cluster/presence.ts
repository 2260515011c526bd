// Which gateways are gone: what they have asked for need not be computed.

import type { Channel, ChannelModel } from "amqplib";
import { LRUCache } from "lru-cache";

/** How long it counts as there once it was seen: the broker is asked again after that. */
export const CHECK_EVERY_MS = 1_000;

/** Shorter than that by what a timer may be early. */
const AGAIN_AFTER_MS = CHECK_EVERY_MS - 100;

/** How many addresses are remembered; a gateway has one for each of its connections. */
const MAX_GATEWAYS = 10_000;

export class Presence {
  readonly #model: ChannelModel;
  readonly #seen = new LRUCache<string, { readonly checkedAt: number; isGone: boolean }>({
    max: MAX_GATEWAYS,
  });
  /** The broker closes it when it is asked for what is not there. */
  #channel: Promise<Channel> | undefined;
  /** One question after the other: those on their way are lost with the channel. */
  #lastAnswer: Promise<void> = Promise.resolve();

  constructor(model: ChannelModel) {
    this.#model = model;
  }

  /** Whether a gateway is known to be gone: that is for ever, as no other will have its address. */
  isGone(address: string): boolean {
    return this.#seen.get(address)?.isGone === true;
  }

  /**
   * Asks the broker, unless it was asked a moment ago.
   *
   * @param onGone called if it is gone.
   */
  check(address: string, onGone: () => void): void {
    const now = performance.now();
    const seen = this.#seen.get(address);
    if (seen?.isGone === true || (seen !== undefined && now - seen.checkedAt < AGAIN_AFTER_MS)) return;
    const entry = { checkedAt: now, isGone: false };
    this.#seen.set(address, entry);
    this.#lastAnswer = this.#lastAnswer.then(async () => {
      if (await this.#isThere(address)) return;
      entry.isGone = true;
      onGone();
    });
  }

  /** True where that cannot be told. */
  async #isThere(address: string): Promise<boolean> {
    try {
      this.#channel ??= this.#newChannel();
      const channel = await this.#channel;
      await channel.checkQueue(address);
      return true;
    } catch (error) {
      // "404 (NOT-FOUND)"; any other error is of the connection.
      return !(error instanceof Error && "code" in error && error.code === 404);
    }
  }

  async #newChannel(): Promise<Channel> {
    const channel = await this.#model.createChannel();
    const forget = (): void => {
      this.#channel = undefined;
    };
    channel.on("error", forget);
    channel.on("close", forget);
    return channel;
  }
}
