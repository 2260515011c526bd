// The model's account of the keys that wait: which batch may leave, which has to, what is in it and why it leaves.

import type { ReleaseReason } from "../../src/batching/index.ts";
import {
  dueAtOf,
  isSurelyWanted,
  type Key,
  type Situation,
  type WatchedCaller,
  type WatchedKey,
} from "./watched-keys.ts";

type Keys = readonly WatchedKey[];

/**
 * Since when a partition has waited for its turn, in numbers that only ever grow: the earliest that a reader of the
 * rules may say, and the latest (undefined while it is not ready).
 */
interface Turn {
  earliest: number | undefined;
  latest: number | undefined;
}

export class WatchedQueue {
  /** How many batches have left, by reason. */
  readonly reasons = new Map<ReleaseReason, number>();
  readonly #situation: Situation;
  /** How many calls a partition has running. */
  readonly #runningIn: (partition: string) => number;
  /** The live keys of each partition that wait, oldest first. No partition is empty. */
  readonly #partitions = new Map<string, WatchedKey[]>();
  readonly #turns = new Map<string, Turn>();
  #moment = 0;

  constructor(situation: Situation, runningIn: (partition: string) => number) {
    this.#situation = situation;
    this.#runningIn = runningIn;
  }

  get size(): number {
    let size = 0;
    for (const keys of this.#partitions.values()) size += keys.length;
    return size;
  }

  get partitions(): Iterable<string> {
    return this.#partitions.keys();
  }

  of(partition: string): Keys {
    return this.#partitions.get(partition) ?? [];
  }

  add(watched: WatchedKey): void {
    const { partition } = watched.key;
    const keys = this.#partitions.get(partition);
    if (keys === undefined) this.#partitions.set(partition, [watched]);
    else keys.push(watched);
  }

  remove(watched: WatchedKey): void {
    const { partition } = watched.key;
    const left = this.of(partition).filter((other) => other !== watched);
    if (left.length > 0) {
      this.#partitions.set(partition, left);
      this.endLostTurns();
    } else {
      this.#partitions.delete(partition);
      this.#turns.delete(partition);
    }
  }

  /** Takes out the keys that the batch function was called with; they have to be what the rules say. */
  take(keys: readonly Key[], partition: string, reason: ReleaseReason): Keys {
    const { proof } = this.#situation;
    const waiting = this.of(partition);
    const given = new Set(keys);
    proof.holds(3, keys.length > 0 && given.size === keys.length, "a batch without a key, or with one twice");
    for (const key of keys) {
      proof.holds(3, key.partition === partition, "a key of another partition in a batch");
      proof.holds(
        7,
        waiting.some((watched) => watched.key === key),
        `a key that nobody wants, or that ran before, was computed: ${key.serial}`,
      );
    }
    // Keys that may have lost their callers in this moment, and are not in the batch, have lost them; or one of them has
    // not, and did not fit in.
    const known = waiting.filter(
      (watched) => given.has(watched.key) || isSurelyWanted(watched, this.#situation),
    );
    const views = [known];
    for (const watched of waiting) {
      if (!known.includes(watched))
        views.push(waiting.filter((other) => other === watched || known.includes(other)));
    }
    const live = views.find((view) => this.#cut(view) === keys.length) ?? known;
    const size = this.#cut(live);
    proof.holds(3, keys.length <= size, `a batch of ${keys.length} keys where ${size} are allowed`);
    proof.holds(5, keys.length >= size, `a batch of ${keys.length} keys where ${size} could go`);
    const taken = live.slice(0, size);
    const isInOrder = taken.every(({ key }, index) => key === keys[index]);
    proof.holds(3, isInOrder, "a batch that is not of the oldest keys, oldest first");
    this.#checkReason(partition, [waiting, ...views], size, reason);
    this.#checkTurn(partition);
    for (const watched of taken) this.remove(watched);
    this.#endTurn(partition);
    return taken;
  }

  /** To be called at rest: whoever is ready by now waits for its turn from now on. */
  takeNoteOfTurns(): void {
    this.#moment += 1;
    for (const partition of this.#partitions.keys()) {
      const turn = this.#turnOf(partition);
      if (this.isReady(this.of(partition))) {
        turn.earliest ??= this.#moment;
        turn.latest ??= this.#moment;
      } else {
        turn.latest = undefined;
      }
    }
  }

  /** Who is not ready any more, because keys have left or the limits have changed, gets a new turn when it is again. */
  endLostTurns(): void {
    for (const [partition, turn] of this.#turns) {
      if (!this.isReady(this.of(partition))) turn.latest = undefined;
    }
  }

  /** Whether keys of one partition have to leave, if a slot is free. */
  isReady(keys: Keys): boolean {
    return this.isFull(keys) || this.isDue(keys);
  }

  isFull(keys: Keys): boolean {
    const { maxBatchSize, maxBatchWeight } = this.#situation.limits;
    return keys.length > 0 && (keys.length >= maxBatchSize || weightOf(keys) >= maxBatchWeight);
  }

  isDue(keys: Keys): boolean {
    if (this.#situation.state !== "open") return keys.length > 0;
    return this.firstDueAt(keys) <= this.#situation.clock.now();
  }

  firstDueAt(keys: Keys): number {
    return Math.min(...callersOf(keys).map((caller) => dueAtOf(caller, this.#situation)));
  }

  /** How many of the oldest keys go together. */
  #cut(keys: Keys): number {
    const { maxBatchSize, maxBatchWeight } = this.#situation.limits;
    let size = 1;
    while (size < Math.min(keys.length, maxBatchSize)) {
      if (weightOf(keys.slice(0, size + 1)) > maxBatchWeight) break;
      size += 1;
    }
    if (size === 1 && weightOf(keys.slice(0, 1)) > maxBatchWeight) {
      this.#situation.proof.saw("one key too heavy for a batch goes alone");
    }
    return Math.min(size, keys.length);
  }

  /** @param views the partition as it may have been: with and without the callers of whom it is not known. */
  #checkReason(partition: string, views: readonly Keys[], size: number, reason: ReleaseReason): void {
    const { proof } = this.#situation;
    proof.saw(`released by ${reason}`);
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    const isReady = views.some((keys) => this.isReady(keys));
    proof.holds(4, isReady, `a batch of partition "${partition}" left that was neither full nor due`);
    const reasons = views.flatMap((keys) => this.#reasons(keys, size));
    proof.holds(4, reasons.includes(reason), `a batch left by ${reason}, but by the rules by ${reasons}`);
  }

  #reasons(keys: Keys, size: number): readonly ReleaseReason[] {
    const { limits, state } = this.#situation;
    if (keys.length >= limits.maxBatchSize && size === limits.maxBatchSize) return ["size"];
    if (this.isFull(keys)) return ["weight"];
    if (state !== "open") return ["drain"];
    const dueAt = this.firstDueAt(keys);
    return callersOf(keys)
      .filter((caller) => dueAtOf(caller, this.#situation) === dueAt)
      .map(({ delayMs }) => ((delayMs ?? Infinity) < limits.maxDelayMs ? "urgent" : "delay"));
  }

  /** The partition with the fewest running calls goes first; among equals, the one that has waited longest. */
  #checkTurn(partition: string): void {
    const { proof } = this.#situation;
    const running = this.#runningIn(partition);
    const turn = this.#turnOf(partition);
    for (const [other, { latest }] of this.#turns) {
      if (other === partition || latest === undefined) continue;
      const surely = this.of(other).filter((watched) => isSurelyWanted(watched, this.#situation));
      if (!this.isReady(surely)) continue;
      proof.saw("partitions competed for a slot");
      const runningOther = this.#runningIn(other);
      proof.holds(
        5,
        running <= runningOther,
        `"${partition}" runs ${running}, "${other}" ${runningOther}: "${other}" has the turn`,
      );
      const isLater = running === runningOther && latest < (turn.earliest ?? Infinity);
      proof.holds(5, !isLater, `"${other}" has waited for its turn longer than "${partition}"`);
    }
  }

  /** Those that have become ready in this turn may count as having waited for longer than the one that has left. */
  #endTurn(partition: string): void {
    this.#moment += 1;
    for (const [other, keys] of this.#partitions) {
      if (other !== partition && this.isReady(keys)) this.#turnOf(other).earliest ??= this.#moment;
    }
    this.#moment += 1;
    const keys = this.of(partition);
    if (keys.length === 0) return;
    const turn = this.#turnOf(partition);
    turn.latest = this.isReady(keys) ? this.#moment : undefined;
    turn.earliest = turn.latest;
  }

  #turnOf(partition: string): Turn {
    let turn = this.#turns.get(partition);
    if (turn === undefined) {
      turn = { earliest: undefined, latest: undefined };
      this.#turns.set(partition, turn);
    }
    return turn;
  }
}

export function weightOf(keys: readonly { readonly key: Key }[]): number {
  let weight = 0;
  for (const { key } of keys) weight += key.weight;
  return weight;
}

function callersOf(keys: Keys): WatchedCaller[] {
  return keys.flatMap(({ callers }) => [...callers]);
}
