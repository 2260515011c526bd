// Runs batches: at most `concurrency` at once, in nobody's async context, with a signal, and never for ever.

import type { Clock } from "./clock.ts";
import { isError } from "./errors.ts";
import type { BatchOutcome } from "./events.ts";
import type { Limits } from "./limits.ts";
import { runInNeutralContext } from "./neutral-context.ts";
import type { Release } from "./scheduler.ts";
import { hearRejections, isThenable } from "./thenable.ts";

/** What a batch function is told beside its keys. */
export interface BatchContext {
  /**
   * Aborts when every caller of this batch has left: nobody wants the values any more. A listener of it that throws
   * ends the process, as on any AbortSignal in Node.
   */
  readonly signal: AbortSignal;
  /** This batch's name in events and logs, `upper#17`. */
  readonly id: string;
  /** The partition that all the keys are of; "" where none was given. */
  readonly partition: string;
}

/**
 * Computes many keys in one call: gives one value per key, in the order of the keys, or in its place an Error,
 * which only the callers of that key get.
 *
 * @example
 * const upper: BatchFunction<string, string> = async (words) => words.map((word) => word.toUpperCase());
 */
export type BatchFunction<K, V> = (
  keys: readonly K[],
  context: BatchContext,
) => PromiseLike<readonly KeyResult<V>[]> | readonly KeyResult<V>[];

/** A key's value or Error; a promise of one, as `keys.map(async …)` gives, is waited for. */
export type KeyResult<V> = V | Error | PromiseLike<V | Error>;

/** One call of the batch function, from its start to its end. */
export interface Call<K, V> extends Release<K, V> {
  readonly id: string;
  readonly startedAt: number;
  readonly controller: AbortController;
  /** How many of its keys have callers left. */
  liveKeys: number;
  /** Cancels the timer that runs from the abort until the call is abandoned. */
  stopGrace: (() => void) | undefined;
}

export type CallResult<V> =
  | { readonly outcome: "answered"; readonly values: readonly (V | Error)[] }
  | { readonly outcome: "failed"; readonly error: Error }
  | { readonly outcome: Exclude<BatchOutcome, "answered" | "failed"> };

export class Runner<K, V> {
  readonly #batchFunction: BatchFunction<K, V>;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #onEnd: (call: Call<K, V>, result: CallResult<V>) => void;
  /** The calls that have a slot. One that is not in here any more has ended: whatever it still gives is ignored. */
  readonly #running = new Set<Call<K, V>>();

  /** @param onEnd called once per call; its slot is free by then. */
  constructor(
    batchFunction: BatchFunction<K, V>,
    limits: Limits,
    clock: Clock,
    onEnd: (call: Call<K, V>, result: CallResult<V>) => void,
  ) {
    this.#batchFunction = batchFunction;
    this.#limits = limits;
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  get hasFreeSlot(): boolean {
    return this.#running.size < this.#limits.concurrency;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** @param onStart called before the batch function, when the call counts as running. */
  run(release: Release<K, V>, id: string, onStart: (call: Call<K, V>) => void): void {
    const call: Call<K, V> = {
      ...release,
      id,
      startedAt: this.#clock.now(),
      controller: new AbortController(),
      liveKeys: release.pendings.length,
      stopGrace: undefined,
    };
    this.#running.add(call);
    onStart(call);
    if (call.controller.signal.aborted) {
      // Its last caller left while others were told of the start.
      this.#end(call, { outcome: "aborted" });
      return;
    }
    try {
      const given = runInNeutralContext(() => this.#callBatchFunction(call));
      if (isThenable(given)) this.#endWhenSettled(call, given);
      else this.#take(call, given);
    } catch (error) {
      this.#end(call, failure(error));
    }
  }

  /** Tells the batch function that nobody waits any more, and gives it `abortGraceMs` to stop. */
  abort(call: Call<K, V>): void {
    if (call.controller.signal.aborted || !this.#running.has(call)) return;
    // Before the signal, whose listeners may end the call at once.
    call.stopGrace = this.#clock.schedule(
      () => this.#end(call, { outcome: "abandoned" }),
      this.#limits.abortGraceMs,
    );
    const reason = new DOMException("Every caller of this batch has left.", "AbortError");
    runInNeutralContext(() => call.controller.abort(reason));
  }

  /** Aborts every call and gives it up in the same moment. */
  abandonAll(): void {
    for (const call of [...this.#running]) {
      this.abort(call);
      this.#end(call, { outcome: "abandoned" });
    }
  }

  #callBatchFunction(call: Call<K, V>): unknown {
    const keys = call.pendings.map((pending) => pending.key);
    const { id, controller, partition } = call;
    return this.#batchFunction(keys, { signal: controller.signal, id, partition: partition.name });
  }

  #endWhenSettled(call: Call<K, V>, given: PromiseLike<unknown>): void {
    Promise.resolve(given).then(
      (values) => this.#take(call, values),
      (error: unknown) => this.#end(call, failure(error)),
    );
  }

  #take(call: Call<K, V>, given: unknown): void {
    const result = inspect<V>(given, call.pendings.length);
    // The call goes on until all of its promises are there, so that no answer outlives a time-out.
    if (result.outcome === "promised") this.#endWhenSettled(call, result.values);
    else this.#end(call, result);
  }

  #end(call: Call<K, V>, result: CallResult<V>): void {
    if (!this.#running.delete(call)) return;
    call.stopGrace?.();
    const isUnwanted = call.controller.signal.aborted && result.outcome !== "abandoned";
    this.#onEnd(call, isUnwanted ? { outcome: "aborted" } : result);
  }
}

/** Checks a result before anybody else looks at it: an error message of DataLoader's would print every key. */
function inspect<V>(
  given: unknown,
  expected: number,
): CallResult<V> | { outcome: "promised"; values: Promise<unknown[]> } {
  try {
    if (!Array.isArray(given) || given.length !== expected) {
      hearRejections(given);
      return wrongShape(expected, shapeOf(given));
    }
    // A copy, read once: what the array may give another time is not asked for.
    const values = [...given];
    if (!values.some(isThenable)) return { outcome: "answered", values };
    const settled = Promise.allSettled(values);
    return { outcome: "promised", values: settled.then((results) => results.map(settledValue)) };
  } catch (error) {
    return failure(error);
  }
}

function settledValue(settled: PromiseSettledResult<unknown>): unknown {
  return settled.status === "fulfilled" ? settled.value : errorOf(settled.reason);
}

function failure(thrown: unknown): CallResult<never> {
  return { outcome: "failed", error: errorOf(thrown) };
}

function errorOf(thrown: unknown): Error {
  return isError(thrown)
    ? thrown
    : new Error("The batch function threw something that is no Error", { cause: thrown });
}

function shapeOf(given: unknown): string {
  if (Array.isArray(given)) return `an array of ${given.length}`;
  return given === null ? "null" : `a value of type ${typeof given}`;
}

function wrongShape(expected: number, given: string): CallResult<never> {
  const message = `The batch function must give one value per key: expected an array of ${expected}, but got ${given}`;
  return { outcome: "failed", error: new TypeError(message) };
}
