// For a key that may end its process: while it is computed, nothing else is, here. Whatever ends the process then, no other
// key was part of it.

import { once } from "node:events";
import type { Batcher } from "../batching/batcher.ts";

type Pausable = Pick<Batcher<unknown, unknown>, "events" | "pause" | "stats">;

export class Solitude {
  readonly #others: readonly Pausable[];
  #last: Promise<unknown> = Promise.resolve();

  /** @param others all that else computes keys in the process. */
  constructor(others: readonly Pausable[]) {
    this.#others = others;
  }

  /**
   * Computes when nothing else runs, and those who asked before have done so; what comes meanwhile waits.
   *
   * @param signal ends the wait: then it does not compute.
   */
  run<Result>(compute: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const turn = this.#last.then(() => this.#alone(compute, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #alone<Result>(compute: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const resumes = this.#others.map((other) => other.pause());
    try {
      await Promise.all(this.#others.map((other) => whenIdle(other, signal)));
      return await compute();
    } finally {
      for (const resume of resumes) resume();
    }
  }
}

async function whenIdle(batcher: Pausable, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  while (batcher.stats().runningBatches > 0) await once(batcher.events, "batchEnd", { signal });
}
