// Takes keys from the queue of those that are computed by themselves, one by one, while nothing else runs.

import type { Channel, GetMessage } from "amqplib";
import type { Solitude } from "./solitude.ts";

/** How often it looks whether another worker has left some: five small questions a second. */
const LOOK_EVERY_MS = 200;

/** How long all else waits for them at most, before it has its turn. */
const SLICE_MS = 100;

/**
 * Not by a consumer: a key would come while other keys are computed, and if those ended the process, it would be taken for
 * the culprit.
 */
export class LoneTaker {
  readonly #channel: Channel;
  readonly #queue: string;
  readonly #solitude: Solitude;
  readonly #compute: (message: GetMessage) => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  /** While it looks. */
  #looking: Promise<void> | undefined;
  readonly #stopped = new AbortController();

  /** @param compute resolves when the key of the message is answered. */
  constructor(
    channel: Channel,
    queue: string,
    solitude: Solitude,
    compute: (message: GetMessage) => Promise<void>,
  ) {
    this.#channel = channel;
    this.#queue = queue;
    this.#solitude = solitude;
    this.#compute = compute;
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref();
  }

  /** Some are there, perhaps. */
  wake(): void {
    if (this.#isStopped || this.#looking !== undefined) return;
    this.#looking = this.#takeAll()
      // It was stopped, or the channel is closed, and with it all else.
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Resolves when it takes no more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearInterval(this.#timer);
    await this.#looking;
  }

  get #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  async #takeAll(): Promise<void> {
    let { messageCount } = await this.#channel.checkQueue(this.#queue);
    while (messageCount > 0 && !this.#isStopped) {
      messageCount = await this.#solitude.run(() => this.#takeSome(), this.#stopped.signal);
    }
  }

  /** Gives how many are left. What the broker says last tells that it has heard what became of all before. */
  async #takeSome(): Promise<number> {
    const endAt = performance.now() + SLICE_MS;
    while (!this.#isStopped && performance.now() < endAt) {
      const message = await this.#channel.get(this.#queue);
      if (message === false) return 0;
      await this.#compute(message);
    }
    return (await this.#channel.checkQueue(this.#queue)).messageCount;
  }
}
