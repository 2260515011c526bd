// What a batcher knows of a key: which others it is equal to, and what it weighs. Asks the user's functions, and trusts neither.

import { OptionError } from "./errors.ts";
import { canonicalKeyId } from "./key-id.ts";
import { type BatcherOptions, refused } from "./options.ts";

export class KeyReader<K> {
  readonly #keyId: ((key: K) => string | undefined) | undefined;
  readonly #weigh: ((key: K) => number) | undefined;
  /** In the cache keys of all partitions are together. */
  readonly #isCached: boolean;

  constructor({ cache, shareEqualKeys = cache !== undefined, keyId, weigh }: BatcherOptions<K>) {
    this.#keyId = shareEqualKeys ? (keyId ?? canonicalKeyId) : undefined;
    this.#weigh = weigh;
    this.#isCached = cache !== undefined;
  }

  /**
   * What equal keys of a partition have in common; undefined where keys are not shared, and for a key that is equal to
   * no other.
   */
  idOf(key: K, partition: string): string | undefined {
    if (this.#keyId === undefined) return undefined;
    const id = ask("keyId", "a string for every key", this.#keyId, key);
    if (typeof id === "string") {
      // With the length of the partition's name, so that no other pair has the same id.
      return this.#isCached ? `${partition.length}:${partition}${id}` : id;
    }
    if (id === undefined && this.#keyId === canonicalKeyId) return undefined;
    throw refused("keyId", "a string for every key", id);
  }

  weightOf(key: K): number {
    if (this.#weigh === undefined) return 1;
    const weight = ask("weigh", "a number of 0 or more for every key", this.#weigh, key);
    if (typeof weight === "number" && weight >= 0 && weight < Infinity) return weight;
    throw refused("weigh", "a number of 0 or more for every key", weight);
  }
}

function ask<K>(option: string, expected: string, read: (key: K) => unknown, key: K): unknown {
  try {
    return read(key);
  } catch (error) {
    throw new OptionError(option, expected, error, { cause: error });
  }
}
