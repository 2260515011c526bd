// Runs batches: at most `concurrency` at once, in nobody's async context, with a signal, and never for ever.

import type { BatchContext, BatchFunction } from "./batch-function.ts";
import { type CallResult, failure, inspect } from "./call-result.ts";
import type { Clock } from "./clock.ts";
import type { BatchOutcome } from "./events.ts";
import { Isolation } from "./isolation.ts";
import type { Limits } from "./limits.ts";
import { runInNeutralContext } from "./neutral-context.ts";
import { passingContext, passingOn } from "./passing-on.ts";
import type { PendingKey } from "./pending-key.ts";
import type { Release } from "./scheduler.ts";
import { isThenable } from "./thenable.ts";
import type { BatchWatch } from "./watch.ts";

/** A batch while it runs: one call of the batch function or, where that failed and is isolated, several in turn. */
export interface Call<K, V> extends Release<K, V> {
  readonly id: string;
  readonly startedAt: number;
  readonly controller: AbortController;
  /** How many of its keys have callers without an answer. */
  liveKeys: number;
  /** Whether one of its callers has run out of time while it ran. */
  hasTimedOut: boolean;
  /** How often the batch function was called. */
  calls: number;
  /** The Errors that it gave in place of values. */
  readonly keyErrors: Error[];
  /** How many keys have failed callers. */
  failedKeys: number;
  /** Who watches it from within. */
  watch: BatchWatch | undefined;
  /** Cancels the timer that runs from the abort until the call is abandoned. */
  stopGrace: (() => void) | undefined;
}

/** How a batch has ended. */
export type CallEnd =
  | { readonly outcome: "failed"; readonly error: Error }
  | { readonly outcome: Exclude<BatchOutcome, "failed"> };

/** Who is told of what becomes of a call. */
export interface RunnerListener<K, V> {
  /** Some of its keys, or all, have their values, in the same order. */
  onAnswered(call: Call<K, V>, pendings: readonly PendingKey<K, V>[], values: readonly (V | Error)[]): void;
  /** Some of its keys, or all, have failed for good. */
  onFailed(call: Call<K, V>, pendings: readonly PendingKey<K, V>[], error: Error): void;
  /** Nobody wants this key any more: it will not be computed again. */
  onDropped(call: Call<K, V>, pending: PendingKey<K, V>): void;
  /** Told once; the slot of the call is free by then. */
  onEnd(call: Call<K, V>, end: CallEnd): void;
}

export class Runner<K, V> {
  readonly #batchFunction: BatchFunction<K, V>;
  readonly #passesOn: boolean;
  readonly #limits: Limits;
  readonly #isolateFailures: boolean;
  readonly #clock: Clock;
  readonly #listener: RunnerListener<K, V>;
  /** The calls that have a slot. One that is not in here any more has ended: whatever it still gives is ignored. */
  readonly #running = new Set<Call<K, V>>();

  constructor(
    batchFunction: BatchFunction<K, V>,
    limits: Limits,
    isolateFailures: boolean,
    clock: Clock,
    listener: RunnerListener<K, V>,
  ) {
    this.#batchFunction = batchFunction;
    this.#passesOn = passingOn(batchFunction) !== undefined;
    this.#limits = limits;
    this.#isolateFailures = isolateFailures;
    this.#clock = clock;
    this.#listener = listener;
  }

  get hasFreeSlot(): boolean {
    return this.#running.size < this.#limits.concurrency;
  }

  /** The calls that run, in the order in which they started. */
  get running(): readonly Call<K, V>[] {
    return [...this.#running];
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /**
   * To be called in nobody's async context, in which all that follows goes on.
   *
   * @param onStart called before the batch function, when the call counts as running.
   */
  run(release: Release<K, V>, id: string, onStart: (call: Call<K, V>) => void): void {
    const call: Call<K, V> = {
      ...release,
      id,
      startedAt: this.#clock.now(),
      controller: new AbortController(),
      liveKeys: release.pendings.length,
      hasTimedOut: false,
      calls: 0,
      keyErrors: [],
      failedKeys: 0,
      watch: undefined,
      stopGrace: undefined,
    };
    this.#running.add(call);
    onStart(call);
    if (call.controller.signal.aborted) {
      // Its last caller left while others were told of the start.
      this.#end(call, { outcome: "aborted" });
      return;
    }
    const result = this.#compute(call, call.pendings);
    if (result instanceof Promise) void result.then((late) => this.#take(call, late));
    else this.#take(call, result);
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

  /** Calls the batch function once. A promise of the result never rejects. */
  #compute(call: Call<K, V>, pendings: readonly PendingKey<K, V>[]): CallResult<V> | Promise<CallResult<V>> {
    // Told to the check apart from the keys, which are the batch function's own now.
    const expected = pendings.length;
    const keys = pendings.map((pending) => pending.key);
    const { id, controller, partition, watch } = call;
    const batchFunction = this.#batchFunction;
    const context = { signal: controller.signal, id, partition: partition.name };
    const told = this.#passesOn ? this.#passingContext(context, call, pendings) : context;
    const compute = (): unknown => batchFunction(keys, told);
    call.calls += 1;
    try {
      const given = watch === undefined ? compute() : watch.run(compute);
      if (!isThenable(given)) return inspect<V>(given, expected);
      return Promise.resolve(given).then((values) => inspect<V>(values, expected), failure);
    } catch (error) {
      return failure(error);
    }
  }

  #passingContext(context: BatchContext, call: Call<K, V>, pendings: readonly PendingKey<K, V>[]) {
    return passingContext(context, call, pendings, this.#limits, this.#clock);
  }

  #take(call: Call<K, V>, result: CallResult<V>): void {
    const { pendings } = call;
    if (!this.#isWanted(call)) return;
    if (result.outcome !== "failed") {
      const late = this.#answer(call, pendings, result);
      if (late === undefined) this.#end(call, { outcome: "answered" });
      else void late.then(() => this.#isWanted(call) && this.#end(call, { outcome: "answered" }));
    } else if (this.#isolateFailures && pendings.length > 1 && mayIsolate(call, result)) {
      void this.#isolate(call, result.error);
    } else {
      this.#listener.onFailed(call, pendings, result.error);
      this.#end(call, { outcome: "failed", error: result.error });
    }
  }

  /** Computes a failed batch again in parts, one after the other in its own slot. */
  async #isolate(call: Call<K, V>, error: Error): Promise<void> {
    const isolation = new Isolation({ keys: call.pendings, error });
    for (let part = isolation.next(); part !== undefined; part = isolation.next()) {
      const keys = part.keys.filter((pending) => this.#isLive(call, pending));
      if (keys.length === 0) continue;
      isolation.spend();
      // Anew: the call before it may have entered a context (`enterWith`).
      const result = await runInNeutralContext(() => this.#compute(call, keys));
      if (!this.#isWanted(call)) return;
      if (result.outcome !== "failed") {
        isolation.earn();
        await this.#answer(call, keys, result);
        if (!this.#isWanted(call)) return;
      } else if (keys.length > 1 && mayIsolate(call, result)) {
        isolation.split({ keys, error: result.error });
      } else {
        this.#listener.onFailed(call, keys, result.error);
        if (!mayIsolate(call, result)) break;
      }
    }
    for (const rest of isolation.takeRest()) this.#listener.onFailed(call, rest.keys, rest.error);
    this.#end(call, { outcome: "failed", error });
  }

  /** Gives what is there, at once. Resolves when what is promised is there too; undefined where nothing is. */
  #answer(
    call: Call<K, V>,
    pendings: readonly PendingKey<K, V>[],
    result: Exclude<CallResult<V>, { outcome: "failed" }>,
  ): Promise<void> | undefined {
    if (result.outcome === "promised") return this.#answerAsTheyCome(call, pendings, result);
    this.#listener.onAnswered(call, pendings, result.values);
    return undefined;
  }

  /** Nobody waits for the promise of a neighbour's value. */
  #answerAsTheyCome(
    call: Call<K, V>,
    pendings: readonly PendingKey<K, V>[],
    { values, late }: Extract<CallResult<V>, { outcome: "promised" }>,
  ): Promise<void> {
    const ready = [...pendings.keys()].filter((index) => !late.has(index));
    this.#listener.onAnswered(
      call,
      ready.map((index) => pendings[index] as PendingKey<K, V>),
      ready.map((index) => values[index] as V | Error),
    );
    const { promise: allHere, resolve } = Promise.withResolvers<void>();
    let open = late.size;
    for (const [index, promise] of late) {
      // No async function for each: it would take twice as long.
      void promise.then((value) => {
        const isLate = !this.#running.has(call) || call.controller.signal.aborted;
        if (!isLate) this.#listener.onAnswered(call, [pendings[index] as PendingKey<K, V>], [value]);
        open -= 1;
        if (open === 0) resolve();
      });
    }
    return allHere;
  }

  /** Whether the call goes on. One that nobody waits for any more is ended here. */
  #isWanted(call: Call<K, V>): boolean {
    if (call.controller.signal.aborted) this.#end(call, { outcome: "aborted" });
    return this.#running.has(call);
  }

  #isLive(call: Call<K, V>, pending: PendingKey<K, V>): boolean {
    if (pending.isDead) this.#listener.onDropped(call, pending);
    return !pending.isDead;
  }

  #end(call: Call<K, V>, end: CallEnd): void {
    if (!this.#running.delete(call)) return;
    call.stopGrace?.();
    this.#listener.onEnd(call, end);
  }
}

/**
 * Whether a failure may be the fault of some of the keys. One that came of a time-out, or of an abort, says nothing of
 * them, and what has taken too long shall not be done again.
 */
function mayIsolate<K, V>(call: Call<K, V>, result: CallResult<V>): boolean {
  return result.outcome === "failed" && result.mayBeOfKeys && !call.hasTimedOut;
}
