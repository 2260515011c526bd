// Which texts a cache may have: most queries with literals never come again, and to look them up costs more than this.

import { hashOf } from "../../batching/text-hash.ts";

/** A power of two; so many more than texts that are kept that hardly two of those share a place. 256 KiB. */
const PLACES = 65_536;

/** To hash a longer one would take as long as to look it up. */
const MAX_CHARACTERS = 512;

/** The hashes of the texts that were kept last. */
export class KeptTexts {
  readonly #hashes = new Int32Array(PLACES);

  add(text: string): void {
    if (text.length > MAX_CHARACTERS) return;
    const hash = hashOf(text);
    this.#hashes[hash & (PLACES - 1)] = hash;
  }

  /**
   * Whether it is worth looking: not for a text that was never kept, but for one in 65,536 at most; for one that was,
   * until another comes into its place.
   */
  mayHave(text: string): boolean {
    if (text.length > MAX_CHARACTERS) return true;
    const hash = hashOf(text);
    return this.#hashes[hash & (PLACES - 1)] === hash;
  }
}
