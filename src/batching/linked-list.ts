// A queue whose items can leave from anywhere.

/** What an item of a LinkedList has; the list alone writes to it. An item is in one list at a time. */
export interface Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
}

/**
 * A doubly linked list that is threaded through its items.
 *
 * In place of a Set, which is a queue with O(1) removal too: the table of a long-lived Set is old, and in V8 what an
 * old table has ever pointed to survives the young generation's collections. Measured with two Sets on the way of
 * every load: 2.2 µs of CPU a load, half of it the collector's, with scavenges of 20 ms; with lists 0.5 µs and 0.3 ms.
 * For the same reason a removed item forgets its neighbours.
 */
export class LinkedList<Item extends Linked<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;
  #size = 0;

  get first(): Item | undefined {
    return this.#first;
  }

  get last(): Item | undefined {
    return this.#last;
  }

  get size(): number {
    return this.#size;
  }

  /** In their order. What the caller does with the one that it has got may take that one out. */
  *[Symbol.iterator](): Generator<Item> {
    let item = this.#first;
    while (item !== undefined) {
      const { next } = item;
      yield item;
      item = next;
    }
  }

  /** Puts an item that is in no list at the end. */
  append(item: Item): void {
    const last = this.#last;
    item.previous = last;
    if (last === undefined) this.#first = item;
    else last.next = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Takes out an item that is in this list. */
  remove(item: Item): void {
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
  }
}
