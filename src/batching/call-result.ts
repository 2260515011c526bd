// What a batch function gives, looked at before anybody else gets it.

import { isError } from "./errors.ts";
import { hearRejections, isThenable } from "./thenable.ts";

/** What one call of the batch function has come to. */
export type CallResult<V> =
  | { readonly outcome: "answered"; readonly values: readonly (V | Error)[] }
  /** Some values are promised: those that are `late`, by their index. */
  | {
      readonly outcome: "promised";
      readonly values: readonly (V | Error)[];
      readonly late: ReadonlyMap<number, Promise<V | Error>>;
    }
  /** `mayBeOfKeys`: whether some of the keys may be to blame, and others not. */
  | { readonly outcome: "failed"; readonly error: Error; readonly mayBeOfKeys: boolean };

/** What fetch, timers and AbortSignals throw when they are stopped. */
const STOPS: ReadonlySet<unknown> = new Set(["AbortError", "TimeoutError"]);

/** Checks a result before anybody else looks at it: an error message of DataLoader's would print every key. */
export function inspect<V>(given: unknown, expected: number): CallResult<V> {
  try {
    // A copy, read once: what the array may give another time is not asked for.
    const values: (V | Error)[] | undefined = Array.isArray(given) ? [...given] : undefined;
    if (values?.length !== expected) {
      hearRejections(values ?? given);
      return wrongShape(expected, shapeOf(values ?? given));
    }
    if (!values.some(isThenable)) return { outcome: "answered", values };
    const late = new Map<number, Promise<V | Error>>();
    for (const [index, value] of values.entries()) {
      if (isThenable(value)) late.set(index, Promise.resolve(value).catch(errorOf));
    }
    return { outcome: "promised", values, late };
  } catch (error) {
    // An array that cannot be read.
    return { outcome: "failed", error: errorOf(error), mayBeOfKeys: false };
  }
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
