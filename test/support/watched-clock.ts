// The virtual clock as a watched batcher gets it: counts its timers, and does not let it spin.

import type { Clock } from "../../src/batching/index.ts";
import type { Situation } from "./watched-keys.ts";
import { Violation } from "./watched-proof.ts";

/** No schedule needs a tenth of it: a batcher that sets more polls. */
const MOST_TIMERS = 5_000;

export class WatchedClock implements Clock {
  readonly #situation: Situation;
  readonly #onViolation: (violation: Violation) => void;
  /** When calls end by themselves. */
  readonly #ends = new Set<number>();
  #timers = 0;

  constructor(situation: Situation, onViolation: (violation: Violation) => void) {
    this.#situation = situation;
    this.#onViolation = onViolation;
  }

  get ends(): Iterable<number> {
    return this.#ends;
  }

  /** Of the batcher's own. */
  get pendingTimers(): number {
    return this.#situation.clock.pendingTimers - this.#ends.size;
  }

  now(): number {
    return this.#situation.clock.now();
  }

  schedule(wake: () => void, ms: number): () => void {
    this.#timers += 1;
    if (this.#timers > MOST_TIMERS) {
      this.#onViolation(new Violation(4, `more than ${MOST_TIMERS} timers were set: it polls`));
      return () => {};
    }
    return this.#situation.clock.schedule(wake, ms);
  }

  /** Ends a call of the batch function some time later. */
  endLater(ms: number, end: () => void): void {
    let time = this.now() + ms;
    while (this.#ends.has(time)) time += 2 ** -10;
    this.#ends.add(time);
    this.#situation.clock.schedule(() => {
      this.#ends.delete(time);
      end();
    }, time - this.now());
  }
}
