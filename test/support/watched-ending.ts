// The model's account of a drain: when it has to be over, and when it must not be.

import type { Batcher } from "../../src/batching/index.ts";
import { isDrainOver, type Key, type Situation, type Value } from "./watched-keys.ts";

export class WatchedEnding {
  readonly #situation: Situation;
  readonly #accepting = Promise.withResolvers<void>();
  #isDrained = false;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  /** @param accepts whether keys are still taken until `stopAccepting`, or until a drain without it. */
  drain(batcher: Batcher<Key, Value>, accepts: boolean, graceMs: number | undefined): void {
    const { proof, limits, state, drainGracesMs } = this.#situation;
    if (state === "open") {
      this.#situation.state = "draining";
      drainGracesMs.push(graceMs ?? limits.abortGraceMs);
      if (accepts) proof.saw("drain that goes on accepting");
    }
    if (!accepts) this.#close();
    const drained = batcher.drain({
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(accepts ? { acceptUntil: this.#accepting.promise } : {}),
    });
    void drained.then(() => {
      this.#isDrained = true;
    });
  }

  stopAccepting(): void {
    if (this.#situation.state !== "draining") return;
    this.#close();
    this.#accepting.resolve();
  }

  /** @param isIdle whether everyone has an answer, and no call runs. */
  check(isIdle: boolean): void {
    const { proof, state } = this.#situation;
    if (state === "closed" && (isIdle || isDrainOver(this.#situation))) {
      proof.holds(10, isIdle, "somebody has no answer when the grace of the drain is over");
      proof.holds(10, this.#isDrained, "everything is settled, but the drain has not resolved");
    } else {
      proof.holds(10, !this.#isDrained, "the drain has resolved, but not everything is settled");
    }
  }

  #close(): void {
    if (this.#situation.state === "closed") return;
    this.#situation.state = "closed";
    this.#situation.closedAt = this.#situation.clock.now();
  }
}
