// The back-end that every contender calls, inside its process: many words in, as many upper-cased out. It takes as long as
// it is told to per call, however many words that has, and has as many slots: further calls queue for one.

import { setTimeout as sleep } from "node:timers/promises";

export interface BackendSettings {
  /** How long a call takes; 0: no time at all. */
  readonly callMs: number;
  /** How many calls run at once. */
  readonly slots: number;
}

export interface BackendCounts {
  readonly calls: number;
  readonly keys: number;
}

export class Backend {
  readonly #callMs: number;
  #freeSlots: number;
  readonly #queue: (() => void)[] = [];
  #calls = 0;
  #keys = 0;

  constructor({ callMs, slots }: BackendSettings) {
    this.#callMs = callMs;
    this.#freeSlots = slots;
  }

  /** So far. */
  get counts(): BackendCounts {
    return { calls: this.#calls, keys: this.#keys };
  }

  async upper(words: readonly string[]): Promise<string[]> {
    this.#calls += 1;
    this.#keys += words.length;
    if (this.#callMs > 0) {
      if (this.#freeSlots > 0) this.#freeSlots -= 1;
      else await new Promise<void>((resolve) => this.#queue.push(resolve));
      await sleep(this.#callMs);
      const next = this.#queue.shift();
      if (next === undefined) this.#freeSlots += 1;
      else next();
    }
    return words.map((word) => word.toUpperCase());
  }
}
