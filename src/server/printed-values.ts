// Values that do not fit the schema: the executor prints them into its errors, for the log and, where those are not
// masked, for the client. They may hold what the schema shows to nobody.

import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isGraphQLError } from "../graphql/errors.ts";
import { onEachResult } from "./each-result.ts";

/** What is said before a value is printed: of graphql's own scalars, of enums, and of scalars that give nothing. */
const OF_LEAVES = [
  /^((?:Int|Float|String|Boolean|ID|Enum "\w+") cannot represent [\w -]{0,60}?value): /,
  /^(Expected `[\w![\]]+\.serialize)\(/,
];

/** Of objects and subscriptions. */
const OF_OTHERS = [
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
  // What has no path is said of the request: by short-errors.ts. What has a code is the user's own.
  if (error.path === undefined || error.extensions.code !== undefined) return error;
  // The executor makes plain Errors of what scalars throw, and GraphQLErrors for all else.
  const message = beforeValue(error.message, isGraphQLError(error.originalError) ? OF_OTHERS : OF_LEAVES);
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

function beforeValue(message: string, patterns: readonly RegExp[]): string | undefined {
  for (const pattern of patterns) {
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
