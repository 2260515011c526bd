// How many chunks a worker takes before it has answered them.

import type { Clock } from "../batching/clock.ts";
import type { Limits } from "../batching/index.ts";

/**
 * What a worker answers in so long is on its way between it and the broker, or in the next turn of the event loop: some
 * milliseconds on a busy machine.
 */
const UNDER_WAY_MS = 20;

/** It takes more as soon as it needs more, and less when it has not needed as much for so long. */
const GROW_AFTER_MS = 50;
const SHRINK_AFTER_MS = 1_000;

/** How much another number has to differ: to change it costs some messages. */
const FACTOR = 2;

/** A chunk is to be there when the one before it is done. */
const LEAST = 2;

/** The protocol has 16 bits for it. */
const MOST = 2 ** 16 - 1;

/**
 * The broker counts chunks, and a chunk has from one key to a full batch of them. Too few leave the worker idle, too many are
 * hoarded: with a slow batch function, other workers would have nothing to do. So it takes chunks for as many keys as run, for
 * one more batch, and for as many as it answers while others are on their way, or wait for their delay (twice that: where
 * the number itself is what bounds them, it doubles until it does not).
 */
export class Prefetch {
  readonly #limits: () => Limits;
  readonly #clock: Clock;
  #chunks: number;
  /** Since the last look. */
  #lookedAt: number;
  #received = { chunks: 0, keys: 0 };
  /** The most that was wanted since it was last set, or found to be right. */
  #most = 0;
  #mostSince: number;

  /** @param limits those of the batcher that hold now. */
  constructor(limits: () => Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#lookedAt = clock.now();
    this.#mostSince = this.#lookedAt;
    // Until it is known: chunks of one key.
    this.#chunks = this.#wanted(1, 0);
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** To be called for each chunk. Returns whether `chunks` has changed. */
  count(keys: number): boolean {
    this.#received.chunks += 1;
    this.#received.keys += keys;
    const now = this.#clock.now();
    const ms = now - this.#lookedAt;
    if (ms < GROW_AFTER_MS) return false;
    const received = this.#received;
    const wanted = this.#wanted(received.keys / received.chunks, received.keys / ms);
    this.#received = { chunks: 0, keys: 0 };
    this.#lookedAt = now;
    this.#most = Math.max(this.#most, wanted);
    if (wanted >= FACTOR * this.#chunks) return this.#set(wanted, now);
    if (now - this.#mostSince < SHRINK_AFTER_MS) return false;
    if (FACTOR * this.#most <= this.#chunks) return this.#set(this.#most, now);
    this.#restart(now);
    return false;
  }

  #set(chunks: number, now: number): true {
    this.#chunks = chunks;
    this.#restart(now);
    return true;
  }

  #restart(now: number): void {
    this.#most = 0;
    this.#mostSince = now;
  }

  #wanted(keysPerChunk: number, keysPerMs: number): number {
    const { maxBatchSize, concurrency, maxDelayMs } = this.#limits();
    const keys = maxBatchSize * (concurrency + 1) + keysPerMs * (UNDER_WAY_MS + 2 * maxDelayMs);
    return Math.min(MOST, Math.max(LEAST, Math.ceil(keys / keysPerChunk)));
  }
}
