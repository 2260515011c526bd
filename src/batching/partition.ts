// The waiting keys of one partition: the hold (DataLoader's open batch) and the queue of released keys.

import DataLoader from "dataloader";
import type { Limits } from "./limits.ts";
import { LinkedList } from "./linked-list.ts";
import { type Caller, dueAt, type PendingKey } from "./pending-key.ts";
import { SharedKeys } from "./shared-keys.ts";

/**
 * Keys go through a DataLoader that lives as long as the partition. Its open batch is the hold: it gathers keys
 * until the scheduler calls the dispatch that DataLoader handed out when the batch was opened, and DataLoader then
 * gives all of them at once to its batch function, which here is the queue.
 *
 * Why the queue: DataLoader can neither drop a key nor top a batch up after dispatch, and it resolves a whole
 * batch at once. Keys must be droppable (their callers leave), batches must be filled from what waits when a slot
 * is free, and an answer must not wait for its neighbours. So DataLoader's promise says no more than that a key
 * has left the hold, and the answer goes to the key's own callers (`PendingKey`).
 *
 * What of DataLoader 2.2.3 has to be respected here:
 * - its cache would answer late, keep errors for ever and never shrink: `cache: false`;
 * - its `maxBatchSize` triggers nothing, it only opens a further batch beside the first: left at infinity, so that
 *   there is one open batch, and one dispatch to keep, at any time;
 * - `batchScheduleFn` runs before the key is in the batch, so the dispatch is never called inside it; called twice
 *   it would run the batch twice, so it is forgotten before it is called.
 */
export class Partition<K, V> {
  readonly name: string;
  /** Those of its keys, waiting or running, that equal ones join. */
  readonly shared = new SharedKeys<K, V>();
  /**
   * When the first of its keys is due: never later than the truth, but sooner where the caller that was due has
   * left, or the key has.
   */
  dueAt = Infinity;
  /** How many calls of it run; kept by the scheduler. */
  runningCalls = 0;
  /** How many of its callers count for `maxQueueSize`; kept by Callers. */
  waitingCallers = 0;
  readonly #loader: DataLoader<PendingKey<K, V>, PendingKey<K, V>>;
  /** Live keys that have left the hold, oldest first. */
  readonly #queue = new LinkedList<PendingKey<K, V>>();
  /** Releases the open batch; undefined while none is open. */
  #dispatch: (() => void) | undefined;
  /** How many keys the open batch holds. All are live: before one is dropped, the hold is released. */
  #heldCount = 0;
  #waitingWeight = 0;

  constructor(name: string) {
    this.name = name;
    this.#loader = new DataLoader(this.#enqueue, {
      cache: false,
      batchScheduleFn: (dispatch) => {
        this.#dispatch = dispatch;
      },
    });
  }

  /** How many live keys wait, held or queued. */
  get waitingCount(): number {
    return this.#heldCount + this.#queue.size;
  }

  /** What those weigh together. */
  get waitingWeight(): number {
    return this.#waitingWeight;
  }

  get isIdle(): boolean {
    return this.waitingCount === 0 && this.runningCalls === 0;
  }

  /** Whether a batch of it need not wait for more keys: it has `maxBatchSize`, or what weighs `maxBatchWeight`. */
  isFull({ maxBatchSize, maxBatchWeight }: Limits): boolean {
    return this.waitingCount >= maxBatchSize || this.#waitingWeight >= maxBatchWeight;
  }

  add(pending: PendingKey<K, V>): void {
    this.#heldCount += 1;
    this.#waitingWeight += pending.weight;
    void this.#loader.load(pending);
  }

  /** Takes out a waiting key that nobody wants any more. */
  drop(pending: PendingKey<K, V>): void {
    this.#release();
    this.#remove(pending);
  }

  /**
   * Takes out the oldest keys: as many as fit, and at least one. A key that does not fit ends the batch, even where
   * a younger one would: nobody is overtaken.
   */
  take({ maxBatchSize, maxBatchWeight }: Limits): PendingKey<K, V>[] {
    this.#release();
    const taken: PendingKey<K, V>[] = [];
    let weight = 0;
    for (let pending = this.#queue.first; pending !== undefined; pending = this.#queue.first) {
      weight += pending.weight;
      if (taken.length === maxBatchSize || (taken.length > 0 && weight > maxBatchWeight)) break;
      this.#remove(pending);
      taken.push(pending);
    }
    return taken;
  }

  /** Whether somebody in it is due; sets `dueAt` right where nobody is. Looks no further than the first, as a rule. */
  isDue(limits: Limits, now: number): boolean {
    if (this.dueAt > now) return false;
    this.#release();
    let first = Infinity;
    for (let pending = this.#queue.first; pending !== undefined; pending = pending.next) {
      for (const caller of pending.callers) {
        const callerDueAt = dueAt(caller, limits);
        if (callerDueAt <= now) return true;
        first = Math.min(first, callerDueAt);
      }
    }
    this.dueAt = first;
    return false;
  }

  /** The caller that wants a batch to leave first. */
  mostPressing(limits: Limits): Caller<K, V> | undefined {
    this.#release();
    let first: Caller<K, V> | undefined;
    let firstDueAt = Infinity;
    for (let pending = this.#queue.first; pending !== undefined; pending = pending.next) {
      for (const caller of pending.callers) {
        const callerDueAt = dueAt(caller, limits);
        if (callerDueAt >= firstDueAt) continue;
        first = caller;
        firstDueAt = callerDueAt;
      }
    }
    return first;
  }

  /** When the first of its callers is due, exactly. */
  firstDueAt(limits: Limits): number {
    const caller = this.mostPressing(limits);
    return caller === undefined ? Infinity : dueAt(caller, limits);
  }

  #remove(pending: PendingKey<K, V>): void {
    this.#queue.remove(pending);
    this.#waitingWeight -= pending.weight;
    if (this.waitingCount > 0) return;
    this.dueAt = Infinity;
    // What sums of fractions have lost or won on the way.
    this.#waitingWeight = 0;
  }

  #release(): void {
    const dispatch = this.#dispatch;
    this.#dispatch = undefined;
    dispatch?.();
  }

  readonly #enqueue = (released: readonly PendingKey<K, V>[]): Promise<readonly PendingKey<K, V>[]> => {
    this.#heldCount = 0;
    for (const pending of released) this.#queue.append(pending);
    return Promise.resolve(released);
  };
}
