// Time as the heart sees it: one clock, which tests replace, and an alarm that never rings early.

import { runInNeutralContext } from "./neutral-context.ts";

/** Where a batcher reads the time and sets its timers. */
export interface Clock {
  /** Milliseconds, with fractions, that never go back. */
  now(): number;
  /**
   * Calls `wake` once after about `ms` milliseconds (at most 2^31 − 1), perhaps a little early; with 0, after this turn of the
   * event loop. The returned function cancels it.
   */
  schedule(wake: () => void, ms: number): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(wake, ms) {
    // A timer keeps the async context it was set in alive for as long as it runs: set it in nobody's.
    return runInNeutralContext(() => {
      if (ms <= 0) {
        const immediate = setImmediate(wake);
        return () => clearImmediate(immediate);
      }
      const timeout = setTimeout(wake, Math.ceil(ms));
      return () => clearTimeout(timeout);
    });
  },
};

/**
 * One timer for many deadlines: rings at the earliest time asked for. Timers may fire a fraction of a
 * millisecond early (seen on Node), so it looks at the clock again and waits for the rest.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  /** When the set timer shall ring; Infinity while none is set. */
  #ringsAt = Infinity;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `time` or, where it is set to ring sooner, as before. */
  ringBy(time: number): void {
    if (time >= this.#ringsAt) return;
    this.clear();
    this.#set(time);
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#ringsAt = Infinity;
  }

  #set(time: number): void {
    this.#ringsAt = time;
    this.#cancel = this.#clock.schedule(this.#wake, time - this.#clock.now());
  }

  readonly #wake = (): void => {
    const time = this.#ringsAt;
    if (this.#clock.now() < time) {
      this.#set(time);
      return;
    }
    this.#cancel = undefined;
    this.#ringsAt = Infinity;
    this.#ring();
  };
}
