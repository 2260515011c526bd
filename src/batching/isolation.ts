// Which keys of a failed batch are computed again, in which parts, and when that is no longer worth its calls.

/** Extra calls that a failed batch may cost before any of them has answered: enough to find four bad keys anywhere. */
const FIRST_CREDITS = 8;

/** What an extra call that answers is worth, in further ones. */
const CREDITS_PER_ANSWER = 2;

/** Keys that were in one call that failed, and why it did. */
export interface FailedPart<Key> {
  readonly keys: readonly Key[];
  readonly error: Error;
}

/**
 * Finds the keys that make a batch fail: halves what fails, level by level, until they are alone. (Binary splitting, as
 * in group testing: Dorfman, "The Detection of Defective Members of Large Populations", 1943.) One key of 32 is found
 * in 10 calls.
 *
 * It goes on while it pays. Each call costs a credit, and each that answers its keys earns two: where every pair of
 * halves has one good one, as with a few bad keys, it never ends for want of credits. Where nothing answers, because
 * the back-end is dead and not the keys are bad, eight calls are all.
 */
export class Isolation<Key> {
  readonly #parts: FailedPart<Key>[] = [];
  #credits = FIRST_CREDITS;

  constructor(whole: FailedPart<Key>) {
    this.split(whole);
  }

  /** The part to be computed next, with the error of the call that it was in; undefined when that is all. */
  next(): FailedPart<Key> | undefined {
    return this.#credits > 0 ? this.#parts.shift() : undefined;
  }

  /** To be called for each call that is made. */
  spend(): void {
    this.#credits -= 1;
  }

  /** To be called for each call that has answered. */
  earn(): void {
    this.#credits += CREDITS_PER_ANSWER;
  }

  /** Puts the halves of a part that has failed at the end, the older keys first. */
  split({ keys, error }: FailedPart<Key>): void {
    const half = Math.ceil(keys.length / 2);
    this.#parts.push({ keys: keys.slice(0, half), error }, { keys: keys.slice(half), error });
  }

  /** Takes what has not been computed again. */
  takeRest(): readonly FailedPart<Key>[] {
    return this.#parts.splice(0);
  }
}
