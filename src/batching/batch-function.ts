// What a user writes: the function that computes a batch.

/** What a batch function is told beside its keys. */
export interface BatchContext {
  /**
   * Aborts when every caller of this batch has left: nobody wants the values any more. A listener of it that throws
   * ends the process, as on any AbortSignal in Node.
   */
  readonly signal: AbortSignal;
  /** This batch's name in events and logs, `upper#17`. */
  readonly id: string;
  /** The partition that all the keys are of; "" where none was given. */
  readonly partition: string;
}

/**
 * Computes many keys in one call: gives one value per key, in the order of the keys, or in its place an Error,
 * which only the callers of that key get.
 *
 * @example
 * const upper: BatchFunction<string, string> = async (words) => words.map((word) => word.toUpperCase());
 */
export type BatchFunction<K, V> = (
  keys: readonly K[],
  context: BatchContext,
) => PromiseLike<readonly KeyResult<V>[]> | readonly KeyResult<V>[];

/** A key's value or Error; a promise of one, as `keys.map(async …)` gives, is given when it is there. */
export type KeyResult<V> = V | Error | PromiseLike<V | Error>;
