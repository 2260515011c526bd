// How exactly a batcher's batches leave: what the events of its batches tell, and when each key came. For one partition
// of keys that all differ and whose callers stay: then keys leave in the order in which they came.

import type { Batcher } from "../../src/index.ts";

/** Of the batches since the last time that it was asked for; all in milliseconds. */
export interface TakenTimes {
  /** How long the oldest key of each batch had waited, over `maxDelayMs`: of those that left because they were due. */
  readonly late: readonly number[];
  /** How long the oldest key of each batch had waited, whatever made it leave. */
  readonly waits: readonly number[];
  /** From the moment in which the last key of a full batch came until the batch started. */
  readonly afterFull: readonly number[];
}

export class BatchTimes {
  /** Of the keys in no batch yet, oldest first. */
  #cameAt: number[] = [];
  #late: number[] = [];
  #waits: number[] = [];
  #afterFull: number[] = [];

  noteKey(): void {
    this.#cameAt.push(performance.now());
  }

  follow(batcher: Batcher<unknown, unknown>): void {
    const { maxDelayMs } = batcher.limits;
    batcher.events.on("batchStart", ({ size, reason, waitMs }) => {
      const now = performance.now();
      const last = this.#cameAt.splice(0, size).at(-1) ?? now;
      this.#waits.push(waitMs);
      if (reason === "delay") this.#late.push(waitMs - maxDelayMs);
      if (reason === "size") this.#afterFull.push(now - last);
    });
  }

  take(): TakenTimes {
    const taken = { late: this.#late, waits: this.#waits, afterFull: this.#afterFull };
    this.#late = [];
    this.#waits = [];
    this.#afterFull = [];
    return taken;
  }
}
