// The keys that equal ones may join, by their ids.

import type { PendingKey } from "./pending-key.ts";
import { hashOf } from "./text-hash.ts";

/** How many chains a table has at first. Always a power of two. */
const FIRST_SIZE = 16;

/**
 * A hash table of waiting and running keys, chained through the keys themselves; twice as large whenever there are more
 * keys than chains.
 *
 * In place of a Map from ids, which would keep alive what its table has ever pointed to (see LinkedList), and is slow for
 * texts that were never there before (see `hashOf`). A load whose key is shared took 0.93 µs with a Map, with this 0.58.
 */
export class SharedKeys<K, V> {
  #chains = chains<K, V>(FIRST_SIZE);
  #size = 0;

  get(id: string): PendingKey<K, V> | undefined {
    const hash = hashOf(id);
    let pending = this.#chains[this.#indexOf(hash)];
    while (pending !== undefined && (pending.idHash !== hash || pending.id !== id)) {
      pending = pending.nextShared;
    }
    return pending;
  }

  /** Puts a key that is not here under its id, under which there is no other. */
  add(pending: PendingKey<K, V>, id: string): void {
    if (this.#size === this.#chains.length) this.#grow();
    pending.idHash = hashOf(id);
    this.#link(pending);
    this.#size += 1;
  }

  /** Takes out a key that is here. */
  delete(pending: PendingKey<K, V>): void {
    const index = this.#indexOf(pending.idHash);
    const first = this.#chains[index];
    if (first === pending) {
      this.#chains[index] = pending.nextShared;
    } else {
      let before = first;
      while (before !== undefined && before.nextShared !== pending) before = before.nextShared;
      if (before === undefined) return;
      before.nextShared = pending.nextShared;
    }
    pending.nextShared = undefined;
    this.#size -= 1;
  }

  #indexOf(hash: number): number {
    return hash & (this.#chains.length - 1);
  }

  #link(pending: PendingKey<K, V>): void {
    const index = this.#indexOf(pending.idHash);
    pending.nextShared = this.#chains[index];
    this.#chains[index] = pending;
  }

  #grow(): void {
    const grown = this.#chains;
    this.#chains = chains(2 * grown.length);
    for (const first of grown) {
      let pending = first;
      while (pending !== undefined) {
        const { nextShared } = pending;
        this.#link(pending);
        pending = nextShared;
      }
    }
  }
}

function chains<K, V>(size: number): (PendingKey<K, V> | undefined)[] {
  return new Array(size).fill(undefined);
}
