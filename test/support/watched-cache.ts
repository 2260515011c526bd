// The model's account of the cached values: which load has to get one at once, which may, and which must not.

import type { Situation, Value } from "./watched-keys.ts";

interface Entry {
  readonly value: Value;
  readonly cameAt: number;
  /** In which turn it was used last. */
  turn: number;
  /** Whether it has to be there; otherwise it may be. */
  isSure: boolean;
}

export interface CacheSettings {
  readonly maxEntries: number;
  readonly ttlMs: number;
}

export class WatchedCache {
  readonly #settings: CacheSettings;
  readonly #situation: Situation;
  readonly #entries = new Map<string, Entry>();

  constructor(settings: CacheSettings, situation: Situation) {
    this.#settings = settings;
    this.#situation = situation;
  }

  /** @param isSure false for a value that may be kept, or not. */
  put(name: string, value: Value, isSure: boolean): void {
    const { clock, turn } = this.#situation;
    this.#entries.set(name, { value, cameAt: clock.now(), turn, isSure });
    this.#evict();
  }

  look(name: string): Entry | "too old" | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && this.#isOld(entry) ? "too old" : entry;
  }

  use(entry: Entry): void {
    entry.turn = this.#situation.turn;
  }

  forget(name: string): void {
    this.#entries.delete(name);
  }

  /**
   * Keeps those that were last used. Left open: which of two was used last in the same turn, and whether one that is too
   * old takes a place.
   */
  #evict(): void {
    const entries = [...this.#entries];
    for (const [name, entry] of entries) {
      const newer = entries.filter(
        ([, other]) => other.turn > entry.turn && other.isSure && !this.#isOld(other),
      );
      const perhapsNewer = entries.filter(([, other]) => other !== entry && other.turn >= entry.turn);
      if (newer.length >= this.#settings.maxEntries) this.#entries.delete(name);
      else if (perhapsNewer.length >= this.#settings.maxEntries) entry.isSure = false;
    }
  }

  #isOld({ cameAt }: Entry): boolean {
    return this.#situation.clock.now() - cameAt >= this.#settings.ttlMs;
  }
}
