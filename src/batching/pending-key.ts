// A key from its first load until it is answered, and the callers that share it.

import type { Linked } from "./linked-list.ts";
import type { Partition } from "./partition.ts";
import type { Call } from "./runner.ts";

/** One load: somebody who waits for the value of a key. Linked in the list of all who do (`Deadlines`). */
export interface Caller<K, V> extends Linked<Caller<K, V>> {
  readonly pending: PendingKey<K, V>;
  readonly resolve: (value: V) => void;
  readonly reject: (reason: unknown) => void;
  /** When this caller wants its batch to leave, full or not. */
  readonly dueAt: number;
  /** When this caller's time is up. */
  readonly deadline: number;
  /** Whether it asked for a shorter delay than the batcher's own. */
  readonly isUrgent: boolean;
  /** Whether it counts for `maxQueueSize`: until its batch starts; if it joined a running one, until the end. */
  isWaiting: boolean;
  isSettled: boolean;
  /** Takes the listener off the caller's AbortSignal. */
  stopListening: (() => void) | undefined;
  /** Its place in `pending.callers`, kept right by PendingKey alone. */
  index: number;
}

/** Linked in the queue of its partition while it waits there. */
export class PendingKey<K, V> implements Linked<PendingKey<K, V>> {
  readonly key: K;
  /** What equal keys have in common; undefined for a key that is not shared. */
  readonly id: string | undefined;
  readonly partition: Partition<K, V>;
  /** When it was first loaded. */
  readonly loadedAt: number;
  /** Those who have not been settled, in no order. A key without any is dead: nobody wants its value. */
  readonly callers: Caller<K, V>[] = [];
  /** The call of the batch function that computes it, once that has started. */
  call: Call<K, V> | undefined;
  previous: PendingKey<K, V> | undefined;
  next: PendingKey<K, V> | undefined;

  constructor(key: K, id: string | undefined, partition: Partition<K, V>, loadedAt: number) {
    this.key = key;
    this.id = id;
    this.partition = partition;
    this.loadedAt = loadedAt;
  }

  get isDead(): boolean {
    return this.callers.length === 0;
  }

  join(caller: Caller<K, V>): void {
    caller.index = this.callers.length;
    this.callers.push(caller);
  }

  /** Takes the caller out by putting the last one in its place: a thousand may leave a hot key at once. */
  remove(caller: Caller<K, V>): void {
    const last = this.callers.pop();
    if (last === undefined || last === caller) return;
    this.callers[caller.index] = last;
    last.index = caller.index;
  }

  /** Lets go of its callers and its call: whatever still holds the key shall not hold its batch (see LinkedList). */
  release(): void {
    this.callers.length = 0;
    this.call = undefined;
  }

  /** The caller that wants the batch to leave first. */
  mostPressing(): Caller<K, V> | undefined {
    let first: Caller<K, V> | undefined;
    for (const caller of this.callers) {
      if (first === undefined || caller.dueAt < first.dueAt) first = caller;
    }
    return first;
  }
}
