// A key from its first load until it is answered, and the callers that share it.

import type { Limits } from "./limits.ts";
import type { Linked } from "./linked-list.ts";
import type { Partition } from "./partition.ts";
import type { Call } from "./runner.ts";

/** One load: somebody who waits for the value of a key. Linked in the list of all who do (`Deadlines`). */
export interface Caller<K, V> extends Linked<Caller<K, V>> {
  readonly pending: PendingKey<K, V>;
  readonly resolve: (value: V) => void;
  readonly reject: (reason: unknown) => void;
  readonly loadedAt: number;
  /** The longest delay that it asked for itself. */
  readonly maxDelayMs: number | undefined;
  /** What it said of itself, for who watches its batch. */
  readonly origin: unknown;
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
  /** What it counts for `maxBatchWeight`. */
  readonly weight: number;
  /** When it was first loaded. */
  readonly loadedAt: number;
  /** Those who have not been settled, in no order. A key without any is dead: nobody wants its value. */
  readonly callers: Caller<K, V>[] = [];
  /** Whether it is among the shared keys of its partition, where equal ones find it. */
  isShared = false;
  /** Kept by SharedKeys: what its id is found by, and the next one of its chain. */
  idHash = 0;
  nextShared: PendingKey<K, V> | undefined;
  /** The call of the batch function that computes it, once that has started. */
  call: Call<K, V> | undefined;
  previous: PendingKey<K, V> | undefined;
  next: PendingKey<K, V> | undefined;

  constructor(key: K, id: string | undefined, weight: number, partition: Partition<K, V>, loadedAt: number) {
    this.key = key;
    this.id = id;
    this.weight = weight;
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

  /** From now on equal keys that are loaded join it. */
  share(id: string): void {
    this.isShared = true;
    this.partition.shared.add(this, id);
  }

  /** Equal keys that are loaded from now on are computed anew. */
  unshare(): void {
    if (!this.isShared) return;
    this.isShared = false;
    this.partition.shared.delete(this);
  }

  /** Lets go of its callers and its call: whatever still holds the key shall not hold its batch (see LinkedList). */
  release(): void {
    this.callers.length = 0;
    this.call = undefined;
  }
}

/** When a caller wants its batch to leave, full or not. */
export function dueAt<K, V>({ loadedAt, maxDelayMs }: Caller<K, V>, limits: Limits): number {
  return loadedAt + Math.min(maxDelayMs ?? Infinity, limits.maxDelayMs);
}
