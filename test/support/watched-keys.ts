// The words of the model: what it keeps of a key, of a caller, and of a batch.

import type { BatchContext, BatchEnded, Limits } from "../../src/batching/index.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import type { Proof } from "./watched-proof.ts";

/** What a batcher under watch is asked for. */
export interface Key {
  readonly serial: number;
  readonly word: string;
  readonly partition: string;
  readonly weight: number;
  /** A text that nobody else may see. */
  readonly secret: string;
}

/** What the batch function gives for a key: enough to see whose it is. Each is an object of its own. */
export interface Value {
  readonly of: Key;
}

/** What it may give in place of a value. */
export class KeyError extends Error {
  readonly of: Key;

  constructor(of: Key) {
    super("of one key");
    this.of = of;
  }
}

/** What all of the model looks at. */
export interface Situation {
  readonly clock: VirtualClock;
  readonly proof: Proof;
  readonly earlyByMs: number;
  /** Counts how often the batcher has come to rest. */
  turn: number;
  limits: Limits;
  state: "open" | "draining" | "closed";
  /** When it stopped taking keys. */
  closedAt: number;
  /** The grace of the drain; several where it was changed before the taking of keys had ended: any of them may hold. */
  readonly drainGracesMs: number[];
}

/** What must become of a key's callers. */
export type Result =
  | { readonly type: "value"; readonly value: Value }
  | { readonly type: "error"; readonly error: KeyError }
  | { readonly type: "failed"; readonly failure: Failure };

/** Why a call failed: what the batch function threw, or that its result had the wrong shape. */
export type Failure =
  | { readonly type: "thrown"; readonly thrown: unknown }
  | { readonly type: "wrong shape" };

export interface WatchedKey {
  readonly key: Key;
  readonly loadedAt: number;
  /** `dropped`: all had left, so it is in no call; `settled`: it has a result. */
  state: "waiting" | "running" | "dropped" | "settled";
  /** Those without an answer. */
  readonly callers: Set<WatchedCaller>;
  batch: WatchedBatch | undefined;
  /** Cleared while it ran: nobody may join it, and its value may not be cached. */
  isForgotten: boolean;
  /** Loaded again when its call had run for `timeoutMs`: nobody may join it, and its value may be cached or not. */
  isOutlived: boolean;
  result: Result | undefined;
  /** Whether somebody waited for the result when it came. */
  hadCallersAtItsEnd: boolean;
  /** How the last call that it was in has failed. */
  failure: Failure | undefined;
}

export interface WatchedCaller {
  readonly serial: number;
  watched: WatchedKey;
  readonly loadedAt: number;
  readonly delayMs: number | undefined;
  readonly leaver: AbortController;
  /** Whether it counts for `maxQueueSize`. */
  isWaiting: boolean;
  /** Whether it is one of those of whom one has to be pushed out. */
  mayBePushedOut: boolean;
  isPushedOut: boolean;
}

/** One batch: one call of the batch function and, where that fails, the calls for its parts. */
export interface WatchedBatch {
  readonly keys: readonly WatchedKey[];
  readonly context: BatchContext;
  readonly startedAt: number;
  /** The keys of the call that runs, or that has ended last. */
  part: readonly WatchedKey[];
  /** The parts that have still to be called. */
  readonly parts: (readonly WatchedKey[])[];
  credits: number;
  calls: number;
  /** How the further calls end by themselves; by hand where this is undefined. */
  habit: "culprits" | "dead" | undefined;
  /** Ends the call that runs; undefined while none does. */
  end: PromiseWithResolvers<unknown> | undefined;
  /** Whether the next part has to be called before this turn is over. */
  isExpected: boolean;
  /** Whether the time of one of its callers was up while it ran. */
  hasTimedOut: boolean;
  abortedAt: number;
  graceMs: number;
  /** Whether, by this account, it holds its slot no longer. */
  isOver: boolean;
  /** How the first call has failed. */
  failure: Failure | undefined;
  /** What the batcher told of its end, and when. */
  ended: BatchEnded | undefined;
  endedAt: number;
}

export function deadlineOf({ loadedAt }: WatchedCaller, { limits }: Situation): number {
  return loadedAt + limits.timeoutMs;
}

export function dueAtOf({ loadedAt, delayMs }: WatchedCaller, { limits, state }: Situation): number {
  return state === "open" ? loadedAt + Math.min(delayMs ?? Infinity, limits.maxDelayMs) : loadedAt;
}

/** Whether somebody wants the key for sure. */
export function isSurelyWanted({ callers }: WatchedKey, situation: Situation): boolean {
  for (const caller of callers) if (!isDoubtful(caller, situation)) return true;
  return false;
}

/** Whether a caller may be gone already: what the batcher does to it at this moment is seen a little later. */
function isDoubtful(caller: WatchedCaller, situation: Situation): boolean {
  return caller.mayBePushedOut || deadlineOf(caller, situation) <= situation.clock.now();
}

/** Whether a drain may have given up who has no answer. */
export function mayDrainBeOver({ clock, closedAt, drainGracesMs, earlyByMs }: Situation): boolean {
  return closedAt + Math.min(...drainGracesMs) - earlyByMs <= clock.now();
}

/** Whether it must have. */
export function isDrainOver({ clock, closedAt, drainGracesMs }: Situation): boolean {
  return closedAt + Math.max(...drainGracesMs) <= clock.now();
}
