// How an Error crosses from one thread to another: structured clone keeps no name and no property of the user's own.

import { isError } from "../batching/errors.ts";

export interface PackedError {
  /** What structured clone keeps of it: message, stack and cause, and the class if it is built in. */
  readonly error: Error;
  readonly name: string;
  /** Its own enumerable properties, such as `code`, or the `extensions` of a GraphQLError. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export function packError(thrown: unknown): PackedError {
  const error = isError(thrown) ? thrown : new Error(NO_ERROR, { cause: cloneable(thrown) });
  const properties = Object.entries(error).filter(([, value]) => isCloneable(value));
  return { error: bare(error), name: String(error.name), properties: Object.fromEntries(properties) };
}

export function unpackError({ error, name, properties }: PackedError): Error {
  Object.assign(error, properties);
  if (error.name !== name) {
    Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  }
  return error;
}

/** Whether structured clone can copy a value. */
export function isCloneable(value: unknown): boolean {
  // What most values are, and what costs nothing to see.
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

const NO_ERROR = "The batch function threw something that is no Error";

/** Itself, or without what of it cannot be cloned: as a rule its cause. */
function bare(error: Error): Error {
  if (isCloneable(error)) return error;
  const copy = new Error(error.message);
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

function cloneable(value: unknown): unknown {
  return isCloneable(value) ? value : undefined;
}
