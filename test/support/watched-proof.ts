// What always holds, in words, and how often it was looked at: each check of the model names the promise it is about.

/** The promises of the heart, numbered from 1. */
export const INVARIANTS = [
  "every load settles exactly once, at the latest when its time is up",
  "a value reaches only the callers of its own key, in its own partition",
  "a batch has at most maxBatchSize live keys and maxBatchWeight, of one partition, oldest first",
  "with a slot free, a batch leaves the moment it is full or due: not before, and not after",
  "what waits for a slot keeps filling; slots and the queue are shared fairly between partitions",
  "at most concurrency calls run and maxQueueSize callers wait; a hung call is abandoned",
  "a caller that leaves harms nobody; a signal aborts only when all have left; nobody's key is not computed",
  "equal keys share one computation, a cached value is given at once, and neither is an error",
  "an Error reaches its own key's callers; a failed batch is split, within a budget, and never after an abort",
  "a drain takes no new keys, answers what was accepted, and resolves when all is settled, in time",
  "no error and no event shows one caller's key or value to another",
  "who watches is told of each batch's callers and of each load's end, once, and sees what waits and runs",
] as const;

export type Invariant = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12;

export class Violation extends Error {
  override readonly name = "Violation";
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string) {
    super(`invariant ${invariant}: ${what}`);
    this.invariant = invariant;
  }
}

/** What can happen in a schedule. A run in which one of these never happened has proven nothing about it. */
export type Happening =
  | "answered"
  | "caller's own error"
  | "caller of a failed key"
  | "time-out"
  | "time-out while running"
  | "left"
  | "left before the load"
  | "batch deserted"
  | "batch that stopped on its abort"
  | "call abandoned"
  | "answer of an abandoned call"
  | "refused"
  | "pushed out"
  | "bad weight"
  | "too heavy"
  | "joined a waiting key"
  | "joined a running key"
  | "joined a key that all had left"
  | "did not join a call that may hang"
  | "released by size"
  | "released by weight"
  | "released by delay"
  | "released by urgent"
  | "released by drain"
  | "one key too heavy for a batch goes alone"
  | "partitions competed for a slot"
  | "isolation"
  | "extra call"
  | "culprit alone"
  | "part answered after a failure"
  | "dead key dropped from a part"
  | "budget exhausted"
  | "isolation given up"
  | "failure not isolated"
  | "result of the wrong shape"
  | "cache hit"
  | "cache hit with a full queue"
  | "cached value too old"
  | "cleared while it ran"
  | "configured"
  | "due no more after a configure"
  | "bad configure"
  | "drain with callers pending"
  | "answered while draining"
  | "drain that goes on accepting"
  | "load while draining"
  | "given up at the end of a drain"
  | "shut out";

/** Counts over many schedules. */
export class Proof {
  /** How often each promise was looked at; the first place is nobody's. */
  readonly checks: number[] = new Array(INVARIANTS.length + 1).fill(0);
  readonly happenings = new Map<Happening, number>();

  /** @throws Violation unless it is so. */
  holds(invariant: Invariant, isSo: boolean, what: string): void {
    this.checks[invariant] = (this.checks[invariant] ?? 0) + 1;
    if (!isSo) throw new Violation(invariant, what);
  }

  saw(happening: Happening): void {
    this.happenings.set(happening, (this.happenings.get(happening) ?? 0) + 1);
  }
}
