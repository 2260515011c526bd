// Calls of a batch function as the runner makes them, and numbers that another thread counts up.

import { setTimeout as wait } from "node:timers/promises";
import type { BatchFunction } from "../../src/batching/index.ts";

const LOOK_EVERY_MS = 20;
/** A thread that lives counts up thousands of times in this; a busy machine may hold it up for a while. */
const STILL_MS = 300;

/** Calls the batch function with this signal; default: one that never aborts. */
export function call<K, V>(
  batchFunction: BatchFunction<K, V>,
  keys: readonly K[],
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly unknown[]> {
  return Promise.resolve(batchFunction(keys, { signal, id: "heavy#1", partition: "tenant" }));
}

/** What a call rejects with. */
export async function failureOf(calling: Promise<unknown>): Promise<Error> {
  const outcome = await calling.then(
    () => "no failure",
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`expected an Error, but got: ${String(outcome)}`);
}

export function newCounter(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Resolves when another thread has begun to count. */
export async function counting(counter: Int32Array): Promise<void> {
  while (Atomics.load(counter, 0) === 0) await wait(LOOK_EVERY_MS);
}

/** Resolves when nobody counts any more. */
export async function stopped(counter: Int32Array): Promise<void> {
  for (let last = -1; ; await wait(STILL_MS)) {
    const now = Atomics.load(counter, 0);
    if (now === last) return;
    last = now;
  }
}
