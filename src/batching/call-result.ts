// What a batch function gives, looked at before anybody else gets it.

import { isError } from "./errors.ts";
import { hearRejections, isThenable } from "./thenable.ts";

/** What one call of the batch function has come to. */
export type CallResult<V> =
  | { readonly outcome: "answered"; readonly values: readonly (V | Error)[] }
  /** `mayBeOfKeys`: whether some of the keys may be to blame, and others not. */
  | { readonly outcome: "failed"; readonly error: Error; readonly mayBeOfKeys: boolean };

/** What fetch, timers and AbortSignals throw when they are stopped. */
const STOPS: ReadonlySet<unknown> = new Set(["AbortError", "TimeoutError"]);

/** Checks a result before anybody else looks at it: an error message of DataLoader's would print every key. */
export function inspect<V>(given: unknown, expected: number): CallResult<V> | Promise<CallResult<V>> {
  try {
    if (!Array.isArray(given) || given.length !== expected) {
      hearRejections(given);
      return wrongShape(expected, shapeOf(given));
    }
    // A copy, read once: what the array may give another time is not asked for.
    const values = [...given];
    if (!values.some(isThenable)) return { outcome: "answered", values };
    // The call goes on until all of its promises are there, so that no answer outlives a time-out.
    return Promise.allSettled(values).then((results) => ({
      outcome: "answered",
      values: results.map(settledValue) as (V | Error)[],
    }));
  } catch (error) {
    // An array that cannot be read.
    return { outcome: "failed", error: errorOf(error), mayBeOfKeys: false };
  }
}

function settledValue(settled: PromiseSettledResult<unknown>): unknown {
  return settled.status === "fulfilled" ? settled.value : errorOf(settled.reason);
}

/** For what a batch function throws, or rejects with. */
export function failure(thrown: unknown): CallResult<never> {
  const error = errorOf(thrown);
  return { outcome: "failed", error, mayBeOfKeys: !STOPS.has(nameOf(error)) };
}

function nameOf(error: Error): unknown {
  try {
    return error.name;
  } catch {
    return undefined;
  }
}

function errorOf(thrown: unknown): Error {
  return isError(thrown)
    ? thrown
    : new Error("The batch function threw something that is no Error", { cause: thrown });
}

function shapeOf(given: unknown): string {
  if (Array.isArray(given)) return `an array of ${given.length}`;
  return given === null ? "null" : `a value of type ${typeof given}`;
}

function wrongShape(expected: number, given: string): CallResult<never> {
  const message = `The batch function must give one value per key: expected an array of ${expected}, but got ${given}`;
  return { outcome: "failed", error: new TypeError(message), mayBeOfKeys: false };
}
