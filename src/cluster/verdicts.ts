// What callers are told of keys that a worker does not compute.

import { BatchError, OptionError } from "../batching/index.ts";
import { MAX_MESSAGE_BYTES } from "./protocol.ts";

export function tooLate(): BatchError {
  return new BatchError("BATCH_TIMEOUT", "The time was up before a worker had the key");
}

export function mayHaveRun(): BatchError {
  const message = "The worker that had the key is gone: whether it was computed is not known";
  return new BatchError("BATCH_FAILED", message);
}

export function deadly(): BatchError {
  return new BatchError("BATCH_FAILED", "Two workers have ended while they computed the key");
}

export function noRoom(): BatchError {
  const message = "The queue of keys that are computed by themselves is full";
  return new BatchError("BATCH_QUEUE_FULL", message, { retryAfterSeconds: 1 });
}

/** @param what a key or a value. */
export function tooLarge(what: string, bytes: number): OptionError {
  return new OptionError(what, `at most ${MAX_MESSAGE_BYTES} bytes as JSON where batches are shared`, bytes);
}
