// When a worker that has ended is started anew: at once, but not in a loop that burns a core.

/** One that has served for so long did not end because of its start. */
const STABLE_MS = 10_000;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export class BackOff {
  /** How often in a row it has ended soon. */
  #failures = 0;

  /**
   * Milliseconds until it is to be started: none at first, then twice as many each time.
   *
   * @param servedMs from when it was ready to its end; 0 where it never was.
   */
  next(servedMs: number): number {
    if (servedMs >= STABLE_MS) this.#failures = 0;
    const waitMs = this.#failures === 0 ? 0 : FIRST_WAIT_MS * 2 ** (this.#failures - 1);
    this.#failures += 1;
    return Math.min(waitMs, LONGEST_WAIT_MS);
  }
}
