// Starts batches while there are slots, and brings what they come to to the callers.

import type { BatchFunction } from "./batch-function.ts";
import type { Callers } from "./callers.ts";
import type { Clock } from "./clock.ts";
import { DrainRate } from "./drain-rate.ts";
import { isError } from "./errors.ts";
import type { BatchEnded, BatcherEmitter, BatchStarted } from "./events.ts";
import { harmless } from "./harmless.ts";
import type { Limits } from "./limits.ts";
import { runInNeutralContext } from "./neutral-context.ts";
import type { PendingKey } from "./pending-key.ts";
import { type Call, type CallEnd, Runner } from "./runner.ts";
import type { Release, Scheduler } from "./scheduler.ts";
import type { Totals } from "./stats.ts";
import type { ValueCache } from "./value-cache.ts";
import { type BatchCaller, checkWatch, type WatchBatch } from "./watch.ts";

/** What a dispatcher works with: the other parts of its batcher. */
export interface DispatcherParts<K, V> {
  /** The batcher's, for the names of its batches. */
  readonly name: string;
  readonly batchFunction: BatchFunction<K, V>;
  readonly isolateFailures: boolean;
  readonly watchBatch: WatchBatch | undefined;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly scheduler: Scheduler<K, V>;
  readonly callers: Callers<K, V>;
  readonly cache: ValueCache<V> | undefined;
  readonly emitter: BatcherEmitter;
  readonly totals: Totals;
  /** Called after each batch that has ended. */
  readonly onEnd: () => void;
}

export class Dispatcher<K, V> {
  readonly #name: string;
  readonly #watchBatch: WatchBatch | undefined;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler<K, V>;
  readonly #callers: Callers<K, V>;
  readonly #cache: ValueCache<V> | undefined;
  readonly #emitter: BatcherEmitter;
  readonly #totals: Totals;
  readonly #onEnd: () => void;
  readonly #runner: Runner<K, V>;
  readonly #drainRate: DrainRate;
  #isPumping = false;
  /** How many have asked it to start nothing, and have not taken that back. */
  #pauses = 0;

  constructor(parts: DispatcherParts<K, V>) {
    this.#name = parts.name;
    this.#watchBatch = parts.watchBatch;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#scheduler = parts.scheduler;
    this.#callers = parts.callers;
    this.#cache = parts.cache;
    this.#emitter = parts.emitter;
    this.#totals = parts.totals;
    this.#onEnd = parts.onEnd;
    this.#runner = new Runner(parts.batchFunction, parts.limits, parts.isolateFailures, parts.clock, {
      onAnswered: (call, pendings, values) =>
        parts.callers.settleTogether(() => this.#answer(call, pendings, values)),
      onFailed: (call, pendings, error) =>
        parts.callers.settleTogether(() => this.#fail(call, pendings, error)),
      onDropped: (call, pending) => this.#drop(call, pending),
      onEnd: (call, end) => this.#finish(call, end),
    });
    this.#drainRate = new DrainRate(parts.clock);
  }

  /** The calls that run, in the order in which they started. */
  get running(): readonly Call<K, V>[] {
    return this.#runner.running;
  }

  get runningCount(): number {
    return this.#runner.runningCount;
  }

  /** Runs what is ready while there are slots. A call that ends within it frees its slot for the same loop. */
  pump(): void {
    if (this.#isPumping || this.#pauses > 0) return;
    this.#isPumping = true;
    try {
      while (this.#runner.hasFreeSlot) {
        const release = this.#scheduler.takeReady();
        if (release === undefined) break;
        // What a batch goes through later goes on in the context in which it started, and so does the batch that starts
        // at its end: in a request's, a batcher that is never idle would keep that request for ever.
        runInNeutralContext(() => this.#start(release));
      }
    } finally {
      this.#isPumping = false;
    }
    this.#drainRate.look(!this.#runner.hasFreeSlot);
  }

  /** Starts nothing until the function is called that it gives. */
  pause(): () => void {
    this.#pauses += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#pauses -= 1;
      this.pump();
    };
  }

  /** Milliseconds until the queue as it is has left; undefined while a slot is free. */
  msToDrain(): number | undefined {
    return this.#drainRate.msToDrain(this.#callers.waitingCount, this.#limits.maxBatchSize);
  }

  /** One more caller of a key that runs. */
  join({ watch }: Call<K, V>, origin: unknown): void {
    if (watch !== undefined) harmless(() => watch.join({ origin, waitMs: 0 }));
  }

  /** One of the call's keys has lost its last caller. */
  leave(call: Call<K, V>): void {
    call.liveKeys -= 1;
    if (call.liveKeys > 0) return;
    // Nobody may join a key whose call is told to stop.
    for (const pending of call.pendings) pending.unshare();
    this.#runner.abort(call);
  }

  /** Aborts every call and gives it up in the same moment. */
  abandonAll(): void {
    this.#runner.abandonAll();
  }

  #start(release: Release<K, V>): void {
    this.#totals.batches += 1;
    this.#totals.batchesByReason[release.reason] += 1;
    this.#totals.batchedKeys += release.pendings.length;
    this.#runner.run(release, `${this.#name}#${this.#totals.batches}`, (call) => {
      const waitingBefore = this.#callers.waitingCount;
      for (const pending of call.pendings) {
        pending.call = call;
        this.#callers.start(pending);
      }
      const isFull = call.reason === "size" || call.reason === "weight";
      if (isFull) this.#drainRate.countFull(waitingBefore - this.#callers.waitingCount);
      this.#watch(call);
      this.#emitter.tell("batchStart", () => startOf(call));
    });
  }

  #watch(call: Call<K, V>): void {
    const watchBatch = this.#watchBatch;
    if (watchBatch === undefined) return;
    const given = harmless(() => watchBatch(startOf(call), originsOf(call)));
    call.watch = harmless(() => checkWatch(given));
  }

  #answer(call: Call<K, V>, pendings: readonly PendingKey<K, V>[], values: readonly (V | Error)[]): void {
    let index = 0;
    for (const pending of pendings) {
      const value = values[index] as V | Error;
      index += 1;
      const { id } = pending;
      if (isError(value)) call.keyErrors.push(value);
      else if (id !== undefined && pending.isShared) this.#cache?.set(id, value);
      this.#letGo(call, pending);
      this.#callers.answer(pending, value);
    }
  }

  #fail(call: Call<K, V>, pendings: readonly PendingKey<K, V>[], error: Error): void {
    for (const pending of pendings) {
      if (!pending.isDead) call.failedKeys += 1;
      this.#letGo(call, pending);
      this.#callers.fail(pending, error);
    }
  }

  /** Before a key is settled: nobody joins it any more, and it does not keep its call wanted. */
  #letGo(call: Call<K, V>, pending: PendingKey<K, V>): void {
    if (!pending.isDead) call.liveKeys -= 1;
    pending.unshare();
  }

  /** Of a key that nobody wants, or that has been settled. */
  #drop(call: Call<K, V>, pending: PendingKey<K, V>): void {
    this.#letGo(call, pending);
    pending.release();
  }

  #finish(call: Call<K, V>, end: CallEnd): void {
    if (end.outcome === "abandoned") this.#totals.abandoned += 1;
    this.#totals.extraCalls += Math.max(0, call.calls - 1);
    for (const pending of call.pendings) this.#drop(call, pending);
    this.#scheduler.end(call);
    this.#drainRate.countEnd();
    const { watch } = call;
    const runMs = this.#clock.now() - call.startedAt;
    if (watch !== undefined) harmless(() => watch.end(endOf(call, end, runMs)));
    this.#emitter.tell("batchEnd", () => endOf(call, end, runMs));
    this.pump();
    this.#onEnd();
  }
}

function startOf<K, V>(call: Call<K, V>): BatchStarted {
  const { id, partition, pendings, reason, startedAt } = call;
  const waitMs = startedAt - (pendings[0]?.loadedAt ?? startedAt);
  return { id, partition: partition.name, size: pendings.length, reason, waitMs };
}

function endOf<K, V>(call: Call<K, V>, end: CallEnd, runMs: number): BatchEnded {
  const { keyErrors, failedKeys, calls } = call;
  const error = end.outcome === "failed" ? end.error : undefined;
  return { ...startOf(call), runMs, outcome: end.outcome, keyErrors, error, failedKeys, calls };
}

/** The callers that said who they are. */
function originsOf<K, V>({ pendings, startedAt }: Call<K, V>): readonly BatchCaller[] {
  const callers: BatchCaller[] = [];
  for (const pending of pendings) {
    for (const { origin, loadedAt } of pending.callers) {
      if (origin !== undefined) callers.push({ origin, waitMs: startedAt - loadedAt });
    }
  }
  return callers;
}
