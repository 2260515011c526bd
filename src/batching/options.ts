// What a batcher, a load and a drain may be told, and the checks of it.

import type { Clock } from "./clock.ts";
import { OptionError } from "./errors.ts";
import {
  checkCount,
  checkDelay,
  checkLimits,
  checkTimeout,
  LIMIT_NAMES,
  type Limits,
  type MutableLimits,
} from "./limits.ts";
import { hearRejections, isThenable } from "./thenable.ts";
import type { WatchBatch } from "./watch.ts";

/** The limits, and what else a batcher may be told. All optional. */
export interface BatcherOptions<K> extends Partial<Limits> {
  /** What batches are called in events, warnings and logs; default "batch". */
  readonly name?: string;
  /**
   * Whether equal keys that wait or run at the same time are computed once, for all their callers. Default false:
   * what a key does twice may matter. A shared key counts once for `maxBatchSize`.
   */
  readonly shareEqualKeys?: boolean;
  /**
   * Keeps values for those who ask for an equal key later: of the keys last used, for a time. Errors are not kept. Needs
   * `shareEqualKeys`, which it makes true by default. Default: none.
   */
  readonly cache?: CacheOptions | undefined;
  /** Which keys are equal, for `shareEqualKeys`; default: those with the same content (`canonicalKeyId`). */
  readonly keyId?: (key: K) => string;
  /** What a key weighs, for `maxBatchWeight`: 0 or more, in a unit of your own (tokens, bytes). Default: 1. */
  readonly weigh?: (key: K) => number;
  /**
   * Whether a batch whose call fails is computed again in halves, until those keys are alone that make it fail: all
   * others get their values. Default false: the batch function has to be safe to run again. Calls that were stopped, timed out
   * or gave a result of the wrong shape are not repeated.
   */
  readonly isolateFailures?: boolean;
  /** Watches each batch from within, and the callers that it serves; default: nobody does. */
  readonly watchBatch?: WatchBatch | undefined;
  /** Gets one line for each limit that is allowed but hardly meant; default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
  /** For tests that own the time; default: the system's monotonic clock. */
  readonly clock?: Clock;
}

/** Less than a Map can hold. */
const MAX_CACHE_ENTRIES = 10_000_000;

/** How many values a batcher keeps, and for how long. */
export interface CacheOptions {
  /**
   * A whole number, from 1 to 10,000,000: the values that were used longest ago go first. An empty cache takes 16 bytes
   * for each already.
   */
  readonly maxEntries: number;
  /** Milliseconds, 1 or more, from when the value was computed. */
  readonly ttlMs: number;
}

/** What one load may ask for. All optional. */
export interface LoadOptions {
  /** When it aborts, the load rejects at once with its reason, and harms nobody else. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 0 or more: makes this key's batch leave sooner than `maxDelayMs`; never later. */
  readonly maxDelayMs?: number | undefined;
  /** Keys of different partitions (tenants, models) never share a batch. Default "". */
  readonly partition?: string | undefined;
  /** Anything that says by whom this load is, for `watchBatch` alone; default: nothing, and `watchBatch` does not see it. */
  readonly origin?: unknown;
}

/** How to drain. */
export interface DrainOptions {
  /**
   * Until this promise settles, further keys are still taken, and leave with no delay: for requests in flight that
   * load more keys on their way. Default: no key is taken from now on.
   */
  readonly acceptUntil?: PromiseLike<unknown>;
  /**
   * Milliseconds from when no more keys are taken until who has no answer is given up; default `abortGraceMs`. Of
   * several drains of one batcher, that of the first holds.
   */
  readonly graceMs?: number;
}

/** The limits that the options give, when all of them can be used. */
export function checkBatcherOptions<K>(options: BatcherOptions<K>): MutableLimits {
  checkObject("options", options);
  const { name, shareEqualKeys, cache } = options;
  if (name !== undefined && typeof name !== "string") throw new OptionError("name", "a string", name);
  for (const option of ["shareEqualKeys", "isolateFailures"] as const) {
    if (options[option] !== undefined) checkBoolean(option, options[option]);
  }
  for (const option of ["keyId", "weigh", "watchBatch", "onWarning"] as const) {
    if (options[option] !== undefined) checkFunction(option, options[option]);
  }
  if (cache !== undefined) checkCache(cache, shareEqualKeys);
  return checkLimits(options);
}

/** @throws OptionError also for a name that is no limit: a limit that was not meant would go on. */
export function checkNewLimits(given: Partial<Limits>, present: Limits): MutableLimits {
  checkObject("limits", given);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(present, name)) {
      throw new OptionError("limits", `only ${LIMIT_NAMES.join(", ")}`, name);
    }
  }
  return checkLimits(given, present);
}

export function checkLoadOptions(options: LoadOptions): void {
  checkObject("options", options);
  const { signal, maxDelayMs, partition } = options;
  if (signal !== undefined && !isSignal(signal)) throw refused("signal", "an AbortSignal", signal);
  if (maxDelayMs !== undefined) checkDelay("maxDelayMs", maxDelayMs);
  if (partition !== undefined && typeof partition !== "string") {
    throw refused("partition", "a string", partition);
  }
}

/** By its methods: one of another realm, or of a library, is no instance of the class. */
function isSignal(given: unknown): given is AbortSignal {
  const signal = given as Partial<AbortSignal> | null;
  return typeof signal?.addEventListener === "function" && typeof signal.removeEventListener === "function";
}

/** An OptionError for what a function of the user's has given. */
export function refused(option: string, expected: string, given: unknown): OptionError {
  // A promise that rejects, and that nobody listens to, would end the process.
  hearRejections([given]);
  return new OptionError(option, expected, given);
}

export function checkDrainOptions(options: DrainOptions): void {
  checkObject("options", options);
  const { acceptUntil } = options;
  if (acceptUntil !== undefined && !isThenable(acceptUntil)) {
    throw new OptionError("acceptUntil", "a promise", acceptUntil);
  }
  if (options.graceMs !== undefined) checkDelay("graceMs", options.graceMs);
}

export function checkFunction(option: string, given: unknown): void {
  if (typeof given !== "function") throw new OptionError(option, "a function", given);
}

function checkCache(cache: CacheOptions, shareEqualKeys: boolean | undefined): void {
  checkObject("cache", cache);
  const maxEntries = checkCount("cache.maxEntries", cache.maxEntries);
  if (maxEntries > MAX_CACHE_ENTRIES) {
    throw new OptionError("cache.maxEntries", `${MAX_CACHE_ENTRIES} at most`, maxEntries);
  }
  checkTimeout("cache.ttlMs", cache.ttlMs);
  if (shareEqualKeys === false) throw new OptionError("cache", "none where shareEqualKeys is false", cache);
}

export function checkBoolean(option: string, given: unknown): boolean {
  if (typeof given === "boolean") return given;
  throw new OptionError(option, "true or false", given);
}

function checkObject(option: string, given: unknown): void {
  if (typeof given !== "object" || given === null) throw new OptionError(option, "an object", given);
}
