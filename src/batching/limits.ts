// The limits of a batched field: their defaults, and the one place where they are checked.

import { OptionError } from "./errors.ts";

/** The numbers that bound a batcher. Times are in milliseconds, at most 2^31 − 1. */
export interface Limits {
  /** A batch leaves at once when it holds so many keys. A whole number, 1 or more; default 32. */
  readonly maxBatchSize: number;
  /**
   * A batch leaves at once when its keys weigh so much together, in the unit of the option `weigh`. More than 0; default
   * Infinity. Without `weigh` a key weighs 1.
   */
  readonly maxBatchWeight: number;
  /** A batch leaves when its oldest key has waited so long. 0 or more, fractions allowed; default 10. */
  readonly maxDelayMs: number;
  /** How many batches run at once. A whole number, 1 or more; default 4. */
  readonly concurrency: number;
  /** How many callers may wait; one more is refused at once. A whole number, 1 or more; default 10,000. */
  readonly maxQueueSize: number;
  /** A caller's whole wait, queue and run together. 1 or more; default 30,000. */
  readonly timeoutMs: number;
  /** How long an aborted call, or a drain, may go on before it is given up. 0 or more; default 5,000. */
  readonly abortGraceMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxBatchSize: 32,
  maxBatchWeight: Infinity,
  maxDelayMs: 10,
  concurrency: 4,
  maxQueueSize: 10_000,
  timeoutMs: 30_000,
  abortGraceMs: 5_000,
};

/** A longer timer fires at once, in Node as in browsers. */
const LONGEST_TIME_MS = 2 ** 31 - 1;

/** How each limit is checked; the name is the one that the message shall begin with. */
export const LIMIT_CHECKS: { readonly [Name in keyof Limits]: (name: string, given: unknown) => number } = {
  maxBatchSize: checkCount,
  maxBatchWeight: checkMaxWeight,
  maxDelayMs: checkDelay,
  concurrency: checkCount,
  maxQueueSize: checkCount,
  timeoutMs: checkTimeout,
  abortGraceMs: checkDelay,
};

export const LIMIT_NAMES = Object.keys(LIMIT_CHECKS) as readonly (keyof Limits)[];

/** Those that a field sets in `@batch`, and the command by a flag; how a batcher ends is the program's to say. */
export const FIELD_LIMIT_NAMES = LIMIT_NAMES.filter((name) => name !== "abortGraceMs");

/** Limits that may change: all parts of a batcher look at the same ones (`Batcher.configure`). */
export type MutableLimits = { -readonly [Name in keyof Limits]: Limits[Name] };

/**
 * The given limits over those that hold without them.
 *
 * @throws OptionError for the first limit that cannot be used.
 */
export function checkLimits(
  given: { readonly [Name in keyof Limits]?: unknown },
  base: Limits = DEFAULT_LIMITS,
): MutableLimits {
  const limits: MutableLimits = { ...base };
  for (const name of LIMIT_NAMES) {
    const value = given[name];
    if (value !== undefined) limits[name] = LIMIT_CHECKS[name](name, value);
  }
  return limits;
}

/** The later ones win; a limit that is undefined is one that was not given. */
export function mergeLimits(...given: readonly (Partial<Limits> | undefined)[]): Partial<Limits> {
  const merged: Partial<MutableLimits> = {};
  for (const limits of given) {
    for (const name of LIMIT_NAMES) {
      const limit = limits?.[name];
      if (limit !== undefined) merged[name] = limit;
    }
  }
  return merged;
}

/** What is allowed, but hardly meant: one line each. */
export function limitWarnings(limits: Limits): readonly string[] {
  const warnings: string[] = [];
  if (limits.maxDelayMs >= limits.timeoutMs) {
    warnings.push(
      `maxDelayMs (${limits.maxDelayMs}) is not shorter than timeoutMs (${limits.timeoutMs}): ` +
        "a batch that does not fill times out before it leaves",
    );
  }
  if (limits.maxQueueSize < limits.maxBatchSize && limits.maxBatchWeight === Infinity) {
    warnings.push(
      `maxQueueSize (${limits.maxQueueSize}) is less than maxBatchSize (${limits.maxBatchSize}): ` +
        "no batch can ever be full",
    );
  }
  return warnings;
}

/** @param name what the message shall begin with. */
export function checkDelay(name: string, given: unknown): number {
  return checkTime(name, given, 0);
}

/** @param name what the message shall begin with. */
export function checkCount(name: string, given: unknown): number {
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 1) return given;
  throw new OptionError(name, "a whole number of 1 or more", given);
}

function checkMaxWeight(name: string, given: unknown): number {
  if (typeof given === "number" && given > 0) return given;
  throw new OptionError(name, "a number of more than 0", given);
}

/** @param name what the message shall begin with. */
export function checkTimeout(name: string, given: unknown): number {
  return checkTime(name, given, 1);
}

function checkTime(name: string, given: unknown, least: number): number {
  if (typeof given === "number" && given >= least && given <= LONGEST_TIME_MS) return given;
  throw new OptionError(name, `a number of milliseconds from ${least} to ${LONGEST_TIME_MS}`, given);
}
