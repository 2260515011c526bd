// What is thrown around an execution, and not in a resolver, as a result: in Yoga's words.

import type { ExecutionResult, GraphQLError } from "graphql";
import { maskError } from "graphql-yoga";

export interface ErrorLog {
  error(error: unknown): void;
}

export function resultOfThrown(thrown: unknown, log: ErrorLog): ExecutionResult {
  const error = maskError(thrown, "Unexpected error.", false) as GraphQLError;
  if (error !== thrown) log.error(thrown);
  return { errors: [error] };
}
