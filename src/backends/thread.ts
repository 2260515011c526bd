// What each thread runs: loads the user's module, calls its function, and packs what it gives for the way back.

import { isError } from "../batching/errors.ts";
import type { BatchContext, KeyResult } from "../batching/index.ts";
import { isThenable } from "../batching/thenable.ts";
import { isCloneable, type PackedError, packError } from "./thread-error.ts";

/** What a function on another thread is told beside its keys. No signal: while it computes, it could not see one. */
export type ThreadContext = Pick<BatchContext, "id" | "partition">;

/**
 * What the module of `inThread` has as its default export: a batch function without a signal.
 *
 * @example
 * const heavy: ThreadFunction<{ text: string }, string> = (keys) => keys.map(({ text }) => digest(text));
 * export default heavy;
 */
export type ThreadFunction<K, V> = (
  keys: readonly K[],
  context: ThreadContext,
) => PromiseLike<readonly KeyResult<V>[]> | readonly KeyResult<V>[];

/** One call of the user's function. */
export interface ThreadCall<K> {
  readonly module: string;
  readonly keys: readonly K[];
  readonly id: string;
  readonly partition: string;
}

export type ThreadAnswer<V> =
  | {
      readonly outcome: "answered";
      readonly values: readonly V[];
      /** The Errors in place of values, by index; `values` has a gap there. */
      readonly errors: readonly (readonly [index: number, error: PackedError])[];
    }
  | { readonly outcome: "threw"; readonly error: PackedError }
  | { readonly outcome: "unloadable"; readonly error: PackedError };

/** A call, and a cell that is 1 once the user's function has begun: after that, it may have done what counts. */
export interface ThreadTask<Call> {
  readonly call: Call;
  readonly begun: Int32Array<SharedArrayBuffer>;
}

/** Never rejects: what piscina reports as failed is the thread, and not the user's function. */
export default async function answer<K, V>({
  call,
  begun,
}: ThreadTask<ThreadCall<K>>): Promise<ThreadAnswer<V>> {
  let heavy: ThreadFunction<K, V>;
  try {
    heavy = await load(call.module);
  } catch (error) {
    return { outcome: "unloadable", error: packError(error) };
  }
  Atomics.store(begun, 0, 1);
  try {
    const { keys, id, partition } = call;
    return await pack(await heavy(keys, { id, partition }));
  } catch (error) {
    return { outcome: "threw", error: packError(error) };
  }
}

async function load<K, V>(href: string): Promise<ThreadFunction<K, V>> {
  const module: { readonly default?: unknown } = await import(href);
  if (typeof module.default !== "function") {
    throw new TypeError("expected a function as its default export");
  }
  return module.default as ThreadFunction<K, V>;
}

async function pack<V>(given: Awaited<ReturnType<ThreadFunction<unknown, V>>>): Promise<ThreadAnswer<V>> {
  if (!Array.isArray(given)) {
    if (!isCloneable(given)) throw notCloneable("what the batch function gave");
    // For the batcher to refuse, like a wrong number of values.
    return { outcome: "answered", values: given as readonly V[], errors: [] };
  }
  const values: unknown[] = given.some(isThenable) ? await settle(given) : [...given];
  const errors: [number, PackedError][] = [];
  for (const [index, value] of values.entries()) {
    if (!isError(value) && isCloneable(value)) continue;
    errors.push([index, packError(isError(value) ? value : notCloneable("the value of this key"))]);
    values[index] = undefined;
  }
  return { outcome: "answered", values: values as V[], errors };
}

/** Found here, because an answer that cannot be posted costs the thread, and all keys their values. */
function notCloneable(what: string): TypeError {
  return new TypeError(`${what} cannot be copied to another thread`);
}

async function settle(values: readonly unknown[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(values);
  return settled.map((one) => (one.status === "fulfilled" ? one.value : errorOf(one.reason)));
}

function errorOf(reason: unknown): Error {
  return isError(reason) ? reason : new Error("A value's promise rejected with no Error", { cause: reason });
}
