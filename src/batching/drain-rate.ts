// How fast the queue drains, for those who are told to come back later.

import type { Clock } from "./clock.ts";

/** What was measured this long ago counts half. */
const HALF_LIFE_MS = 5_000;

/**
 * Measures two things, as exponentially weighted means:
 * - how often batches end while every slot is taken. With a slot free they start as callers come, and that says nothing
 *   of how fast a full queue drains;
 * - how many callers leave the queue with a batch that is full, as those of a full queue are.
 */
export class DrainRate {
  readonly #clock: Clock;
  /** Time with every slot taken, and the batches that have ended in it. */
  #busyMs = 0;
  #batches = 0;
  /** The callers of full batches. */
  #fullBatches = 0;
  #callers = 0;
  /** Since when every slot is taken, or when that was last looked at; undefined while one is free. */
  #busySince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called for each full batch that starts, with how many callers were waiting for it. */
  countFull(callers: number): void {
    this.#fullBatches += 1;
    this.#callers += callers;
  }

  /** To be called for each batch that ends. */
  countEnd(): void {
    if (this.#busySince !== undefined) this.#batches += 1;
  }

  /** To be called when batches have started or ended. */
  look(isBusy: boolean): void {
    if (this.#busySince === undefined && !isBusy) return;
    const now = this.#clock.now();
    if (this.#busySince !== undefined) {
      const ms = now - this.#busySince;
      const kept = 2 ** (-ms / HALF_LIFE_MS);
      this.#busyMs = (this.#busyMs + ms) * kept;
      this.#batches *= kept;
      this.#fullBatches *= kept;
      this.#callers *= kept;
    }
    this.#busySince = isBusy ? now : undefined;
  }

  /**
   * Milliseconds until so many callers have left the queue; undefined while a slot is free. Where no batch has ended
   * since the slots were taken, it is how long that is: it will take that long again at least.
   *
   * @param callersOfBatch how many leave with a batch, as long as none was full.
   */
  msToDrain(callers: number, callersOfBatch: number): number | undefined {
    if (this.#busySince === undefined) return undefined;
    const busyMs = this.#busyMs + this.#clock.now() - this.#busySince;
    if (this.#batches === 0) return busyMs;
    const perBatch = this.#fullBatches === 0 ? callersOfBatch : this.#callers / this.#fullBatches;
    return ((callers / Math.max(1, perBatch)) * busyMs) / this.#batches;
  }
}
