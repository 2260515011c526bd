// inThread(): a batch function that burns CPU runs on threads of its own, and the event loop never waits for it.

import type { BatchContext } from "../batching/index.ts";
import { checkInThreadOptions, type InThreadOptions } from "./in-thread-options.ts";
import { loadPiscina } from "./piscina.ts";
import type { ThreadAnswer, ThreadCall } from "./thread.ts";
import { unpackError } from "./thread-error.ts";
import { moduleUrl } from "./thread-module.ts";
import { ThreadPool } from "./thread-pool.ts";

export type { InThreadOptions } from "./in-thread-options.ts";
export type { ThreadContext, ThreadFunction } from "./thread.ts";

/** A batch function whose work is done on other threads. */
export interface InThreadFunction<K, V> extends AsyncDisposable {
  (keys: readonly K[], context: BatchContext): Promise<readonly (V | Error)[]>;
  /** How many calls run at once: what the batcher's `concurrency` should be. */
  readonly maxThreads: number;
  /**
   * Ends the threads at once: the calls that run or wait fail, and so does every later one. Resolves when the threads
   * have ended. A program need not call it in order to end.
   */
  close(): Promise<void>;
}

/**
 * Makes a batch function of the one that a module has as its default export, and runs it on a pool of threads. The
 * first batch starts the first thread.
 *
 * When every caller of a batch has left, its thread is ended, in the middle of a loop if need be. When a thread dies,
 * the batch that it runs fails, and no other. Either way there is a new thread for the next one.
 *
 * Keys and values are copied (structured clone): functions cannot cross, and instances of classes become plain objects.
 * An Error, thrown or in place of a value, keeps its message, stack, name and `cause`, those of its own enumerable
 * properties that can be copied, such as the `extensions` of a GraphQLError, and its class if that is built in.
 *
 * @param module the `file:` URL of the module. Where it ends in `.ts` and no such file exists, the `.js` beside it is
 * meant, and likewise `.mjs` for `.mts`: the same line is right before and after a build.
 * @throws OptionError when there is no such module, or an option cannot be used.
 * @example
 * const digest = batched(inThread<{ text: string }, string>(new URL("./digest.ts", import.meta.url)));
 */
export function inThread<K, V>(module: URL | string, options: InThreadOptions = {}): InThreadFunction<K, V> {
  const { href } = moduleUrl(module);
  const settings = checkInThreadOptions(options);
  const name = `inThread(${href})`;
  const pool = new ThreadPool<ThreadCall<K>, ThreadAnswer<V>>(loadPiscina(), {
    ...settings,
    name,
    entry: moduleUrl(new URL("./thread.ts", import.meta.url)).href,
  });
  const run = async (keys: readonly K[], { signal, id, partition }: BatchContext) =>
    unpack(await pool.run({ module: href, keys, id, partition }, signal), name);
  const close = (): Promise<void> => pool.close();
  return Object.assign(run, { maxThreads: settings.maxThreads, close, [Symbol.asyncDispose]: close });
}

function unpack<V>(answer: ThreadAnswer<V>, name: string): readonly (V | Error)[] {
  if (answer.outcome === "threw") throw unpackError(answer.error);
  if (answer.outcome === "unloadable") {
    const cause = unpackError(answer.error);
    throw new Error(`${name}: cannot be loaded: ${firstLine(cause.message)}`, { cause });
  }
  const { values, errors } = answer;
  if (errors.length === 0) return values;
  const results: (V | Error)[] = [...values];
  for (const [index, error] of errors) results[index] = unpackError(error);
  return results;
}

/** Node's messages about modules may go on for lines. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
