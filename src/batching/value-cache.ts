// Values that were computed a while ago, for those who ask for the same key again.

import { LRUCache } from "lru-cache";
import type { Clock } from "./clock.ts";
import type { CacheOptions } from "./options.ts";

interface CachedValue<V> {
  readonly value: V;
  readonly expiresAt: number;
}

/** The values of the keys that were last used, by ids that differ between partitions. Their age is read from the batcher's clock, without timers. */
export class ValueCache<V> {
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #values: LRUCache<string, CachedValue<V>>;

  constructor({ maxEntries, ttlMs }: CacheOptions, clock: Clock) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#values = new LRUCache({ max: maxEntries });
  }

  get(id: string): CachedValue<V> | undefined {
    const cached = this.#values.get(id);
    if (cached === undefined || cached.expiresAt > this.#clock.now()) return cached;
    this.#values.delete(id);
    return undefined;
  }

  set(id: string, value: V): void {
    this.#values.set(id, { value, expiresAt: this.#clock.now() + this.#ttlMs });
  }

  delete(id: string): void {
    this.#values.delete(id);
  }
}
