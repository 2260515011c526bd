// Values that do not fit the schema: the executor prints them into its errors, for the log and, where those are not
// masked, for the client. They may hold what the schema shows to nobody.

import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { onEachResult } from "./each-result.ts";

/** What is said before a value is printed: by scalars and enums, by the executor, by the subscription. */
const BEFORE_A_VALUE = [
  /^(.{1,200}? cannot represent (?:a |an )?[\w\s-]{0,60}?value): /s,
  /^(Expected `[\w![\]]+\.serialize)\(/,
  /^(Expected value of type "\w+") but got: /,
  /^(Abstract type "\w+" must resolve to an Object type at runtime for field "[\w.]+") with value /,
  /^(Subscription field must return Async Iterable)\. Received: /,
];

export function useWithoutPrintedValues(): Plugin {
  return onEachResult((result, { replace }) => {
    const errors = result.errors?.map(withoutValue);
    if (errors?.some((error, index) => error !== result.errors?.[index])) replace({ ...result, errors });
  });
}

function withoutValue(error: GraphQLError): GraphQLError {
  // What has none is said of the request: by short-errors.ts.
  const message = error.path === undefined ? undefined : beforeValue(error.message);
  if (message === undefined) return error;
  const { nodes, source, positions, path, originalError, extensions } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    extensions,
    originalError: originalError && sameWith(message, originalError),
  });
}

function beforeValue(message: string): string | undefined {
  for (const pattern of BEFORE_A_VALUE) {
    const [, before] = pattern.exec(message) ?? [];
    if (before !== undefined) return before;
  }
  return undefined;
}

/** Where it comes from is of use. */
function sameWith(message: string, original: Error): Error {
  const error = new Error(message);
  const place = original.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  error.stack = [`Error: ${message}`, ...place].join("\n");
  return error;
}
