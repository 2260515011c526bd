// The HTTP status of a request to which batching gave no answer.

import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { BatchErrorCode } from "../batching/index.ts";

const STATUSES: Readonly<Record<BatchErrorCode, number>> = {
  BATCH_QUEUE_FULL: 503,
  BATCH_SHUTTING_DOWN: 503,
  BATCH_TIMEOUT: 504,
  BATCH_FAILED: 500,
  BATCH_KEY_TOO_HEAVY: 413,
};

/** Where a client may try again that comes first: it is the most helpful of several statuses. */
const PRECEDENCE = [503, 504, 500, 413];

interface SentError {
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Sets the status after execution, and only where `data` is null: with partial data the client has an answer, and in
 * an array of operations others may have one (there Yoga ignores it). `Retry-After` goes with a 503.
 */
export function useBatchStatus(): Plugin {
  return {
    onExecutionResult({ result, setResult }) {
      if (result === undefined || isAsyncIterable(result)) return;
      if (result.data != null || result.errors === undefined) return;
      const http = statusOf(result.errors);
      if (http !== undefined) setResult({ ...result, extensions: { ...result.extensions, http } });
    },
  };
}

function statusOf(
  errors: readonly SentError[],
): { status: number; headers: Record<string, string> } | undefined {
  const statuses = errors.map(({ extensions }) => STATUSES[extensions?.code as BatchErrorCode]);
  const status = PRECEDENCE.find((candidate) => statuses.includes(candidate));
  if (status === undefined) return undefined;
  // Of Jitney's own errors alone: what a user's error calls by that name may be anything.
  const retryAfter = errors.map(({ extensions }, index) =>
    statuses[index] === 503 ? Number(extensions?.retryAfterSeconds ?? 0) : 0,
  );
  const seconds = Math.max(...retryAfter);
  return { status, headers: status === 503 && seconds > 0 ? { "Retry-After": String(seconds) } : {} };
}
