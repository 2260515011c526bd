// A clock that tests own: time stands still until `advance`, and every timer that is set can be counted.

import type { Clock } from "../../src/batching/index.ts";

export interface VirtualClockOptions {
  /**
   * How much too soon timers fire, as Node's do now and then: less than 1 ms. Timers shorter than 1 ms fire in
   * time, or a caller that re-arms for the rest would never get there. Default 0.
   */
  readonly earlyByMs?: number;
}

/** More in one `advance` are timers that set each other. */
const MAX_FIRED = 10_000;

interface Timer {
  readonly firesAt: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  readonly #earlyByMs: number;
  /** In the order in which they were set. */
  readonly #timers = new Set<Timer>();
  #now = 1_000;

  constructor({ earlyByMs = 0 }: VirtualClockOptions = {}) {
    if (!(earlyByMs >= 0 && earlyByMs < 1))
      throw new RangeError("earlyByMs: expected 0 or more, less than 1");
    this.#earlyByMs = earlyByMs;
  }

  /** How many timers are set and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  schedule(wake: () => void, ms: number): () => void {
    const firesAt = this.#now + (ms < 1 ? Math.max(0, ms) : ms - this.#earlyByMs);
    const timer: Timer = { firesAt, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /**
   * Lets `ms` milliseconds pass: fires what becomes due on the way, in the order of time and, at the same time, of
   * setting. All promises that can settle do so before each timer and at the end. `advance(0)` ends this turn of the
   * event loop: it fires the timers of 0 ms.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await promisesToSettle();
    let fired = 0;
    for (let next = this.#nextUntil(target); next !== undefined; next = this.#nextUntil(target)) {
      fired += 1;
      if (fired > MAX_FIRED) throw new Error(`More than ${MAX_FIRED} timers in ${ms} ms: this has no end`);
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.firesAt);
      next.wake();
      await promisesToSettle();
    }
    this.#now = target;
  }

  #nextUntil(target: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.firesAt <= target && (first === undefined || timer.firesAt < first.firesAt)) first = timer;
    }
    return first;
  }
}

/** Resolves when every promise that can settle without time passing has done so. */
export function promisesToSettle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
