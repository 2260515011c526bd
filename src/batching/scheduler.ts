// Decides which batch leaves, when, and why. Knows time and keys, but neither promises nor the batch function.

import { Alarm, type Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import { Partition } from "./partition.ts";
import type { PendingKey } from "./pending-key.ts";
import type { FillingBatch } from "./stats.ts";

/**
 * Why a batch left: it was full, by the number of its keys (`size`) or because it has no room for the weight of a
 * further one (`weight`); its oldest key had waited `maxDelayMs` (`delay`), or a shorter time that its caller asked for
 * (`urgent`); or the batcher is draining (`drain`).
 */
export type ReleaseReason = "size" | "weight" | "delay" | "urgent" | "drain";

export interface Release<K, V> {
  readonly partition: Partition<K, V>;
  /** At most `maxBatchSize` live keys of at most `maxBatchWeight` together, oldest first. */
  readonly pendings: readonly PendingKey<K, V>[];
  readonly reason: ReleaseReason;
}

/**
 * A batch is not closed when it is due, but when there is a slot to run it: `takeReady` is asked whenever a slot is
 * free, and cuts the batch from the oldest keys at that moment. Until then what is due keeps filling. (Measured:
 * p50 8 ms instead of 33 at 5,000 keys a second with one slot of 5 ms.)
 *
 * `ready` holds the partitions that have a batch to give, in the order in which they got it; one that has
 * given a batch goes to the end, and one that has lost it, with a caller, is out. The next batch is of the partition that has
 * the fewest calls running, and of several the first: a fair share of the slots (max-min), however long the calls of one
 * partition run, and round-robin between equals.
 */
export class Scheduler<K, V> {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #onReady: () => void;
  readonly #partitions = new Map<string, Partition<K, V>>();
  readonly #ready = new Set<Partition<K, V>>();
  #waitingCount = 0;
  #isDraining = false;

  /** @param onReady called when a batch has become due; ask `takeReady` then, if a slot is free. */
  constructor(limits: Limits, clock: Clock, onReady: () => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onReady = onReady;
    this.#alarm = new Alarm(clock, () => this.#collectDue());
  }

  /** How many live keys wait, in all partitions. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  get partitionCount(): number {
    return this.#partitions.size;
  }

  /** Those whose keys wait or run. */
  get partitions(): Iterable<Partition<K, V>> {
    return this.#partitions.values();
  }

  /** The batch that leaves next, as it is now: of a partition that has a turn, else of the one that is due first. */
  get filling(): FillingBatch | undefined {
    const now = this.#clock.now();
    const waiting = [...this.#partitions.values()].filter(({ waitingCount }) => waitingCount > 0);
    let next = this.#next();
    let dueAt = next === undefined ? Infinity : now;
    for (const partition of waiting) {
      // The alarm may not have rung yet for one that is due.
      const leavesAt = this.#hasBatch(partition) ? now : partition.firstDueAt(this.#limits);
      if (leavesAt >= dueAt) continue;
      next = partition;
      dueAt = leavesAt;
    }
    if (next === undefined) return undefined;
    const { waitingCount: keys, waitingWeight: weight } = next;
    return { keys, weight, dueInMs: Math.max(0, dueAt - now), partitions: waiting.length };
  }

  find(name: string): Partition<K, V> | undefined {
    return this.#partitions.get(name);
  }

  /** The partition of that name, made if it is not there; it lives until none of its keys waits or runs. */
  partition(name: string): Partition<K, V> {
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = new Partition(name);
      this.#partitions.set(name, partition);
    }
    return partition;
  }

  /** Holds a new key. Returns whether its batch is now full. */
  add(pending: PendingKey<K, V>, dueAt: number): boolean {
    const { partition } = pending;
    partition.add(pending);
    this.#waitingCount += 1;
    const isFull = partition.isFull(this.#limits);
    if (isFull) this.#ready.add(partition);
    // A full batch has a time too: it may lose keys before there is a slot.
    this.hasten(partition, dueAt);
    return isFull;
  }

  /** Somebody in the partition wants the batch to leave at `dueAt`. */
  hasten(partition: Partition<K, V>, dueAt: number): void {
    if (dueAt < partition.dueAt) partition.dueAt = dueAt;
    if (!this.#ready.has(partition)) this.#alarm.ringBy(partition.dueAt);
  }

  /** Takes out a key that has not started and that nobody wants any more. */
  drop(pending: PendingKey<K, V>): void {
    pending.partition.drop(pending);
    this.#waitingCount -= 1;
    if (this.#ready.has(pending.partition)) this.#place(pending.partition);
    this.#rest();
    this.#forgetIfIdle(pending.partition);
  }

  /** A waiting key has lost one of its callers: where that was the one that was due, its partition loses its turn. */
  leave({ partition }: PendingKey<K, V>): void {
    if (this.#ready.has(partition)) this.#place(partition);
  }

  /** Cuts the next batch, if one is full or due. */
  takeReady(): Release<K, V> | undefined {
    const partition = this.#next();
    return partition === undefined ? undefined : this.#cut(partition);
  }

  /** The batch that was cut runs no more. */
  end({ partition }: Release<K, V>): void {
    partition.runningCalls -= 1;
    this.#forgetIfIdle(partition);
  }

  /** Looks at all that waits with the limits that hold now; `takeReady` is to be asked next. */
  reconsider(): void {
    for (const partition of this.#partitions.values()) {
      if (partition.waitingCount > 0) partition.dueAt = -Infinity;
      this.#place(partition);
    }
  }

  /** Makes all that waits due, now and from now on. */
  drain(): void {
    this.#isDraining = true;
    this.reconsider();
  }

  /** Of those that have a turn, the one to be asked first. */
  #next(): Partition<K, V> | undefined {
    let next: Partition<K, V> | undefined;
    for (const partition of this.#ready) {
      if (next === undefined || partition.runningCalls < next.runningCalls) next = partition;
      // At most `concurrency` have calls running: this does not look at all of many partitions.
      if (next.runningCalls === 0) break;
    }
    return next;
  }

  #cut(partition: Partition<K, V>): Release<K, V> {
    const reason = this.#reasonOf(partition);
    const pendings = partition.take(this.#limits);
    this.#ready.delete(partition);
    this.#place(partition);
    partition.runningCalls += 1;
    this.#waitingCount -= pendings.length;
    this.#rest();
    const isCutByWeight = reason === "size" && pendings.length < this.#limits.maxBatchSize;
    return { partition, pendings, reason: isCutByWeight ? "weight" : reason };
  }

  /** Gives a partition a turn, at the end, if it has a batch to give; else sees to it that it gets one in time. */
  #place(partition: Partition<K, V>): void {
    if (this.#hasBatch(partition)) {
      this.#ready.add(partition);
    } else {
      this.#ready.delete(partition);
      if (partition.waitingCount > 0) this.#alarm.ringBy(partition.dueAt);
    }
  }

  #hasBatch(partition: Partition<K, V>): boolean {
    if (partition.waitingCount === 0) return false;
    return (
      this.#isDraining || partition.isFull(this.#limits) || partition.isDue(this.#limits, this.#clock.now())
    );
  }

  /** Why a partition that has a batch gives it. */
  #reasonOf(partition: Partition<K, V>): ReleaseReason {
    if (partition.isFull(this.#limits)) return "size";
    if (this.#isDraining) return "drain";
    const caller = partition.mostPressing(this.#limits);
    return (caller?.maxDelayMs ?? Infinity) < this.#limits.maxDelayMs ? "urgent" : "delay";
  }

  #collectDue(): void {
    for (const partition of this.#partitions.values()) {
      if (!this.#ready.has(partition)) this.#place(partition);
    }
    this.#onReady();
  }

  /** Nothing of a partition is kept when none of its keys waits or runs. The nameless one stays. */
  #forgetIfIdle(partition: Partition<K, V>): void {
    if (!partition.isIdle) return;
    this.#ready.delete(partition);
    if (partition.name !== "") this.#partitions.delete(partition.name);
  }

  /** A timer that nobody waits for would keep the process alive. */
  #rest(): void {
    if (this.#waitingCount === 0) this.#alarm.clear();
  }
}
