// The one family of errors that a batcher gives to callers, and the one it throws at a bad option.

import { isNativeError } from "node:util/types";

/**
 * Why a caller got no value. The codes are stable: programs may switch on them.
 *
 * - `BATCH_QUEUE_FULL`: `maxQueueSize` callers wait already, and those of this partition have their share of it; try again after `retryAfterSeconds`.
 * - `BATCH_TIMEOUT`: no value came within `timeoutMs`, queue and run together.
 * - `BATCH_FAILED`: the batch function threw, rejected, or gave a result of the wrong shape.
 * - `BATCH_KEY_TOO_HEAVY`: the key alone weighs more than `maxBatchWeight`.
 * - `BATCH_SHUTTING_DOWN`: the batcher takes no more keys, or stopped before this one was answered.
 */
export type BatchErrorCode =
  | "BATCH_QUEUE_FULL"
  | "BATCH_TIMEOUT"
  | "BATCH_FAILED"
  | "BATCH_KEY_TOO_HEAVY"
  | "BATCH_SHUTTING_DOWN";

interface BatchErrorOptions extends ErrorOptions {
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * What a load rejects with when Jitney, not the caller's own key, is the reason.
 * A message never holds a key or a value. Every caller gets an object of its own; the batch function's
 * own error, if there was one, is its `cause`.
 *
 * @example
 * try {
 *   await batcher.load("cat");
 * } catch (error) {
 *   if (error instanceof BatchError && error.code === "BATCH_QUEUE_FULL") retryIn(error.retryAfterSeconds);
 * }
 */
export class BatchError extends Error {
  override readonly name = "BatchError";
  readonly code: BatchErrorCode;
  /** Seconds, 1 or more, after which another try may succeed; only where one may. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: BatchErrorCode, message: string, options: BatchErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Whether a value is an Error, of this realm or another. */
export function isError(value: unknown): value is Error {
  try {
    return isNativeError(value) || value instanceof Error;
  } catch {
    return false; // A Proxy that does not want to be looked at is no Error.
  }
}

/** An option that cannot be used: its message says which, what was expected, and what was given. */
export class OptionError extends TypeError {
  override readonly name = "OptionError";
  readonly code = "BATCH_BAD_OPTION";

  constructor(option: string, expected: string, given: unknown, options?: ErrorOptions) {
    super(`${option}: expected ${expected}, but got: ${shown(given)}`, options);
  }
}

function shown(given: unknown): string {
  if (typeof given === "string") return JSON.stringify(given);
  if (typeof given === "function") return "a function";
  if (isError(given)) return "an error";
  if (Array.isArray(given)) return "an array";
  if (typeof given === "object" && given !== null) return "an object";
  return String(given);
}
