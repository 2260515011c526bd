// What a GraphQL client is told when its key has no value, and a programmer whose field cannot be batched.

import { GraphQLError } from "graphql";
import { BatchError } from "../batching/index.ts";

/**
 * The GraphQLError for what a load rejected with, made anew for each caller:
 * - a GraphQLError that the batch function gave for the key keeps its message and extensions;
 * - Jitney's own reasons carry their code, and `retryAfterSeconds` where another try may succeed;
 * - any other error is masked: what it says may be of another caller. It is the `cause`, for logs.
 *
 * Of the host's own `graphql`, because a server masks a plain Error, and a GraphQLError of another copy.
 */
export function toGraphQLError(reason: unknown): GraphQLError {
  if (isGraphQLError(reason)) return new GraphQLError(reason.message, { extensions: reason.extensions });
  if (reason instanceof BatchError) {
    const { code, message, retryAfterSeconds } = reason;
    const extensions = retryAfterSeconds === undefined ? { code } : { code, retryAfterSeconds };
    return withCause(new GraphQLError(message, { extensions }), reason);
  }
  return masked("BATCH_FAILED", "The batch function failed for this key", reason);
}

/** A `@batch` that cannot be followed. Its message is one line that begins with the field: `Query.upper: …`. */
export class BatchedFieldError extends Error {
  override readonly name = "BatchedFieldError";
  readonly code = "BATCH_BAD_FIELD";
}

/** For a caller whose signal aborted; as a rule its client is gone and nobody reads it. */
export function callerLeft(reason: unknown): GraphQLError {
  return masked("BATCH_CALLER_LEFT", "The request was aborted", reason);
}

function masked(code: string, message: string, cause: unknown): GraphQLError {
  return withCause(new GraphQLError(message, { extensions: { code } }), cause);
}

/** As `cause`, which is not sent; an `originalError` would make the server mask the code too. */
function withCause(error: GraphQLError, cause: unknown): GraphQLError {
  Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  return error;
}

/** By name too, for one of another copy of `graphql`. */
export function isGraphQLError(reason: unknown): reason is GraphQLError {
  return reason instanceof GraphQLError || (reason instanceof Error && reason.name === "GraphQLError");
}
