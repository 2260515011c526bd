// How a batcher ends: what it still takes, what it waits for, and for how long.

import type { Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import type { DrainOptions } from "./options.ts";
import type { BatcherState } from "./stats.ts";

/** What of a batcher has a part in its end. */
export interface Endable {
  /** Makes all that waits due, now and from now on. */
  release(): void;
  /** Whether every caller has an answer, and no call runs. */
  isIdle(): boolean;
  /** Settles whoever has no answer, and abandons the calls that run. */
  giveUp(): void;
}

export class Ending {
  readonly #batcher: Endable;
  readonly #clock: Clock;
  readonly #limits: Limits;
  #state: BatcherState = "open";
  #drained: Promise<void> | undefined;
  /** Ends the taking of keys by a drain that was told to go on with it. */
  readonly #stopAccepting = Promise.withResolvers<void>();
  /** Set while it waits for the last answer. */
  #onIdle: (() => void) | undefined;

  constructor(batcher: Endable, clock: Clock, limits: Limits) {
    this.#batcher = batcher;
    this.#clock = clock;
    this.#limits = limits;
  }

  get state(): BatcherState {
    return this.#state;
  }

  drain(options: DrainOptions): Promise<void> {
    if (options.acceptUntil === undefined) this.#stopAccepting.resolve();
    if (this.#drained === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      // Kept before it begins: a listener of what it releases may ask for it again.
      this.#drained = promise;
      resolve(this.#run(options));
    }
    return this.#drained;
  }

  /** To be called whenever something has ended. */
  tellIfIdle(): void {
    if (this.#onIdle === undefined || !this.#batcher.isIdle()) return;
    this.#onIdle();
    this.#onIdle = undefined;
  }

  async #run({ acceptUntil, graceMs = this.#limits.abortGraceMs }: DrainOptions): Promise<void> {
    this.#state = "draining";
    this.#batcher.release();
    if (acceptUntil !== undefined) {
      await Promise.race([Promise.allSettled([acceptUntil]), this.#stopAccepting.promise]);
    }
    this.#state = "closed";
    await this.#idleOrGraceOver(graceMs);
    this.#batcher.giveUp();
  }

  #idleOrGraceOver(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopGrace = this.#clock.schedule(resolve, graceMs);
      this.#onIdle = () => {
        stopGrace();
        resolve();
      };
      this.tellIfIdle();
    });
  }
}
