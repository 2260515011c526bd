// Remembers which texts there were, in little time and memory, and not for ever.

import { hashOf } from "../../batching/text-hash.ts";

/** A place for each hash, which holds the one that came there last. */
export class TextFilter {
  readonly #hashes: Int32Array;
  readonly #mask: number;

  /** @param places a power of two: about so many texts are remembered, and with many more than there are texts, nearly all. */
  constructor(places: number) {
    this.#hashes = new Int32Array(places);
    this.#mask = places - 1;
  }

  /** @returns whether it was there before, as `has` says it. */
  add(text: string): boolean {
    const hash = hashOf(text);
    const place = hash & this.#mask;
    const wasThere = this.#hashes[place] === hash;
    this.#hashes[place] = hash;
    return wasThere;
  }

  /**
   * Whether a text has been added: wrong for very few that have not (of 32 bits, those that do not choose the place have to
   * be the same by chance), and for one whose place another has taken since.
   */
  has(text: string): boolean {
    const hash = hashOf(text);
    return this.#hashes[hash & this.#mask] === hash;
  }
}
