// How batches are watched from within, by who wants to know which callers each of them serves: for traces, and for
// facts in an answer. Events (events.ts) tell of no caller.

import type { BatchEnded, BatchStarted } from "./events.ts";
import { refused } from "./options.ts";
import type { PassedBatch } from "./passing-on.ts";

/** A caller that a batch serves. */
export interface BatchCaller {
  /** What it said of itself (`LoadOptions.origin`). */
  readonly origin: unknown;
  /** How long it had waited when the batch started, in milliseconds; 0 for one that came while its key was computed. */
  readonly waitMs: number;
}

/** Watches one batch, in nobody's async context. What it throws is warned of, but for `run`: there it fails the batch. */
export interface BatchWatch {
  /**
   * Calls the batch function and gives what that gives, in whatever async context it shall run in. Called once for each
   * call of the batch function: for a batch that is isolated, several times.
   */
  run<Result>(call: () => Result): Result;
  /** One more caller, of a key that is being computed. */
  join(caller: BatchCaller): void;
  /**
   * Where the keys are passed on (passing-on.ts): a caller's key was part of a batch elsewhere, had waited so long when
   * that started, and is about to be answered. Optional.
   */
  served?(caller: BatchCaller, by: PassedBatch): void;
  /** The last that is heard of the batch. */
  end(batch: BatchEnded): void;
}

/**
 * Told of each batch as it starts, before the batch function is called, in nobody's async context. What it throws is
 * warned of, and so is what it gives that is no watch (a promise of one, say): the batch runs unwatched.
 *
 * @param callers those who said an `origin`.
 * @returns what watches the batch; undefined where nothing needs to.
 */
export type WatchBatch = (batch: BatchStarted, callers: readonly BatchCaller[]) => BatchWatch | undefined;

/**
 * What `watchBatch` has given, if it can watch.
 *
 * @throws OptionError where it is something else.
 */
export function checkWatch(given: unknown): BatchWatch | undefined {
  if (given === undefined || isWatch(given)) return given;
  throw refused("watchBatch", "run, join and end in an object (no promise of it), or undefined", given);
}

function isWatch(given: unknown): given is BatchWatch {
  const watch = given as Partial<BatchWatch> | null;
  return [watch?.run, watch?.join, watch?.end].every((part) => typeof part === "function");
}
