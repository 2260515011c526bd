// What a batcher, a load and a drain may be told, and the checks of it.

import type { Clock } from "./clock.ts";
import { OptionError } from "./errors.ts";
import { checkDelay, checkLimits, type Limits } from "./limits.ts";

/** The limits, and what else a batcher may be told. All optional. */
export interface BatcherOptions<K> extends Partial<Limits> {
  /** What batches are called in events, warnings and logs; default "batch". */
  readonly name?: string;
  /**
   * Whether equal keys that wait or run at the same time are computed once, for all their callers. Default false:
   * what a key does twice may matter. A shared key counts once for `maxBatchSize`.
   */
  readonly shareEqualKeys?: boolean;
  /** Which keys are equal, for `shareEqualKeys`; default: those with the same content (`canonicalKeyId`). */
  readonly keyId?: (key: K) => string;
  /** Gets one line for each limit that is allowed but hardly meant; default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
  /** For tests that own the time; default: the system's monotonic clock. */
  readonly clock?: Clock;
}

/** What one load may ask for. All optional. */
export interface LoadOptions {
  /** When it aborts, the load rejects at once with its reason, and harms nobody else. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 0 or more: makes this key's batch leave sooner than `maxDelayMs`; never later. */
  readonly maxDelayMs?: number | undefined;
  /** Keys of different partitions (tenants, models) never share a batch. Default "". */
  readonly partition?: string | undefined;
}

/** How to drain. */
export interface DrainOptions {
  /**
   * Until this promise settles, further keys are still taken, and leave with no delay: for requests in flight that
   * load more keys on their way. Default: no key is taken from now on.
   */
  readonly acceptUntil?: Promise<unknown>;
  /** Milliseconds from when no more keys are taken until who has no answer is given up; default `abortGraceMs`. */
  readonly graceMs?: number;
}

/** The limits that the options give, when all of them can be used. */
export function checkBatcherOptions<K>(options: BatcherOptions<K>): Limits {
  checkObject(options);
  const { name, shareEqualKeys } = options;
  if (name !== undefined && typeof name !== "string") throw new OptionError("name", "a string", name);
  if (shareEqualKeys !== undefined && typeof shareEqualKeys !== "boolean") {
    throw new OptionError("shareEqualKeys", "true or false", shareEqualKeys);
  }
  if (options.keyId !== undefined) checkFunction("keyId", options.keyId);
  if (options.onWarning !== undefined) checkFunction("onWarning", options.onWarning);
  return checkLimits(options);
}

export function checkLoadOptions(options: LoadOptions): void {
  checkObject(options);
  const { signal, maxDelayMs, partition } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new OptionError("signal", "an AbortSignal", signal);
  }
  if (maxDelayMs !== undefined) checkDelay("maxDelayMs", maxDelayMs);
  if (partition !== undefined && typeof partition !== "string") {
    throw new OptionError("partition", "a string", partition);
  }
}

export function checkFunction(option: string, given: unknown): void {
  if (typeof given !== "function") throw new OptionError(option, "a function", given);
}

function checkObject(options: unknown): void {
  if (typeof options !== "object" || options === null) throw new OptionError("options", "an object", options);
}
