// A batcher: takes keys from anyone at any time, and gives everyone the value of their own.

import type { EventEmitter } from "node:events";
import { Callers } from "./callers.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Ending } from "./ending.ts";
import { BatchError, isError, OptionError } from "./errors.ts";
import { BatcherEmitter, type BatcherEvents, type BatchStarted } from "./events.ts";
import { canonicalKeyId } from "./key-id.ts";
import { type Limits, limitWarnings } from "./limits.ts";
import {
  type BatcherOptions,
  checkBatcherOptions,
  checkFunction,
  checkLoadOptions,
  type DrainOptions,
  type LoadOptions,
} from "./options.ts";
import { PendingKey } from "./pending-key.ts";
import { type BatchFunction, type Call, type CallResult, Runner } from "./runner.ts";
import { type Release, Scheduler } from "./scheduler.ts";
import { type BatcherStats, type CallerOutcome, newTotals, type Totals } from "./stats.ts";
import { hearRejections } from "./thenable.ts";

/** How soon a refused caller may try again; the shortest time that `Retry-After` can say. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Makes a batcher: the keys that anyone loads are held until `maxBatchSize` of them wait or the oldest has waited
 * `maxDelayMs`, whichever comes first, then computed in one call of the batch function.
 *
 * @param batchFunction many keys in, as many values (or Errors) out, in the same order.
 * @throws OptionError when an option cannot be used.
 * @example
 * const upper = createBatcher<string, string>((words) => words.map((word) => word.toUpperCase()), { maxDelayMs: 5 });
 * const [cat, dog] = await Promise.all([upper.load("cat"), upper.load("dog")]); // one call, "CAT" and "DOG"
 */
export function createBatcher<K, V>(
  batchFunction: BatchFunction<K, V>,
  options: BatcherOptions<K> = {},
): Batcher<K, V> {
  return new Batcher(batchFunction, options);
}

/** Made by `createBatcher`. */
export class Batcher<K, V> {
  readonly name: string;
  readonly limits: Limits;
  /** Tells of each batch when it starts and when it has ended (`BatcherEvents`). */
  readonly events: EventEmitter<BatcherEvents>;
  readonly #emitter = new BatcherEmitter();
  readonly #keyId: ((key: K) => string | undefined) | undefined;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler<K, V>;
  readonly #runner: Runner<K, V>;
  readonly #callers: Callers<K, V>;
  readonly #ending: Ending;
  readonly #totals: Totals = newTotals();
  #isPumping = false;

  constructor(batchFunction: BatchFunction<K, V>, options: BatcherOptions<K>) {
    checkFunction("batchFunction", batchFunction);
    this.limits = checkBatcherOptions(options);
    this.events = this.#emitter;
    this.name = options.name ?? "batch";
    this.#keyId = options.shareEqualKeys === true ? (options.keyId ?? canonicalKeyId) : undefined;
    this.#clock = options.clock ?? systemClock;
    this.#scheduler = new Scheduler(this.limits, this.#clock, () => this.#pump());
    this.#runner = new Runner(batchFunction, this.limits, this.#clock, (call, result) =>
      this.#finish(call, result),
    );
    this.#callers = new Callers(
      this.limits,
      this.#clock,
      this.#totals,
      (pending) => this.#onLeft(pending),
      () => this.#ending.tellIfIdle(),
    );
    this.#ending = new Ending(
      {
        release: () => {
          this.#scheduler.drain();
          this.#pump();
        },
        isIdle: () => this.#callers.count === 0 && this.#runner.runningCount === 0,
        giveUp: () => {
          this.#callers.shutOutAll(shuttingDown);
          this.#runner.abandonAll();
        },
      },
      this.#clock,
      this.limits.abortGraceMs,
    );
    const warn =
      options.onWarning ?? ((message) => process.emitWarning(`${this.name}: ${message}`, "JitneyWarning"));
    for (const warning of limitWarnings(this.limits)) warn(warning);
  }

  /**
   * The value of a key, computed together with whatever else waits.
   *
   * Rejects with the key's own Error where the batch function gave one; with a BatchError where Jitney is the
   * reason (`BATCH_QUEUE_FULL`, `BATCH_TIMEOUT`, `BATCH_FAILED`, `BATCH_SHUTTING_DOWN`); with the signal's reason
   * where that aborted; with an OptionError where an option cannot be used.
   */
  load(key: K, options: LoadOptions = {}): Promise<V> {
    this.#totals.loads += 1;
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(options);
      if (refusal !== undefined) {
        this.#totals[refusal.outcome] += 1;
        reject(refusal.reason);
        return;
      }
      try {
        this.#accept(key, this.#idOf(key), options, resolve, reject);
      } catch (error) {
        this.#totals.rejected += 1;
        reject(error);
      }
    });
  }

  /**
   * Takes no new keys, releases what waits, and resolves when every caller has an answer and no call runs: at the
   * latest `abortGraceMs` after it stopped taking keys. Whoever has no answer by then gets `BATCH_SHUTTING_DOWN`.
   * Called again, it gives the same promise; without `acceptUntil`, it stops taking keys at once.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    return this.#ending.drain(options);
  }

  stats(): BatcherStats {
    return {
      state: this.#ending.state,
      waitingKeys: this.#scheduler.waitingCount,
      waitingCallers: this.#callers.waitingCount,
      pendingCallers: this.#callers.count,
      runningBatches: this.#runner.runningCount,
      partitions: this.#scheduler.partitionCount,
      totals: { ...this.#totals, batchesByReason: { ...this.#totals.batchesByReason } },
    };
  }

  #refusal(options: LoadOptions): { outcome: CallerOutcome; reason: unknown } | undefined {
    try {
      checkLoadOptions(options);
    } catch (error) {
      return { outcome: "rejected", reason: error };
    }
    if (options.signal?.aborted) return { outcome: "left", reason: options.signal.reason };
    if (this.#ending.state === "closed") return { outcome: "shutOut", reason: shuttingDown() };
    if (this.#callers.waitingCount >= this.limits.maxQueueSize) {
      return { outcome: "refused", reason: queueFull(this.limits.maxQueueSize) };
    }
    return undefined;
  }

  #idOf(key: K): string | undefined {
    if (this.#keyId === undefined) return undefined;
    let id: unknown;
    try {
      id = this.#keyId(key);
    } catch (error) {
      throw new OptionError("keyId", "a string for every key", error, { cause: error });
    }
    if (typeof id === "string" || (id === undefined && this.#keyId === canonicalKeyId)) return id;
    hearRejections([id]);
    throw new OptionError("keyId", "a string for every key", id);
  }

  #accept(
    key: K,
    id: string | undefined,
    options: LoadOptions,
    resolve: (value: V) => void,
    reject: (reason: unknown) => void,
  ): void {
    const now = this.#clock.now();
    const partition = this.#scheduler.partition(options.partition ?? "");
    const equal = id === undefined ? undefined : partition.shared.get(id);
    const pending = equal ?? new PendingKey(key, id, partition, now);
    const delayMs = Math.min(this.limits.maxDelayMs, options.maxDelayMs ?? Infinity);
    const dueAt = this.#ending.state === "open" ? now + delayMs : now;
    const isUrgent = delayMs < this.limits.maxDelayMs;
    if (pending.call !== undefined && pending.isDead) pending.call.liveKeys += 1;
    const caller = this.#callers.add({ pending, resolve, reject, dueAt, isUrgent });

    let isFull = false;
    if (equal === undefined) {
      if (id !== undefined) partition.shared.set(id, pending);
      isFull = this.#scheduler.add(pending, dueAt);
    } else {
      this.#totals.shared += 1;
      if (pending.call === undefined) this.#scheduler.hasten(partition, dueAt);
    }
    if (options.signal !== undefined) this.#callers.listen(caller, options.signal);
    if (isFull) this.#pump();
  }

  /** A key that has lost its last caller is not computed or, where it runs, not wanted any more. */
  #onLeft(pending: PendingKey<K, V>): void {
    if (pending.call === undefined) {
      this.#forget(pending);
      this.#scheduler.drop(pending);
    } else {
      this.#leaveCall(pending.call);
    }
  }

  #leaveCall(call: Call<K, V>): void {
    call.liveKeys -= 1;
    if (call.liveKeys > 0) return;
    // Nobody may join a key whose call is told to stop.
    for (const pending of call.pendings) this.#forget(pending);
    this.#runner.abort(call);
  }

  /** Runs what is ready while there are slots. A call that ends within it frees its slot for the same loop. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#runner.hasFreeSlot) {
        const release = this.#scheduler.takeReady();
        if (release === undefined) break;
        this.#start(release);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #start(release: Release<K, V>): void {
    this.#totals.batches += 1;
    this.#totals.batchesByReason[release.reason] += 1;
    this.#totals.batchedKeys += release.pendings.length;
    this.#runner.run(release, `${this.name}#${this.#totals.batches}`, (call) => {
      for (const pending of call.pendings) {
        pending.call = call;
        this.#callers.start(pending);
      }
      this.#emitter.tell("batchStart", () => startOf(call));
    });
  }

  #finish(call: Call<K, V>, result: CallResult<V>): void {
    if (result.outcome === "abandoned") this.#totals.abandoned += 1;
    const keyErrors: Error[] = [];
    for (const [index, pending] of call.pendings.entries()) {
      this.#forget(pending);
      if (result.outcome === "answered") {
        const value = result.values[index] as V | Error;
        if (isError(value)) keyErrors.push(value);
        this.#callers.answer(pending, value);
      } else if (result.outcome === "failed") {
        this.#callers.fail(pending, result.error);
      }
      pending.release();
    }
    this.#scheduler.end(call);
    this.#emitter.tell("batchEnd", () => ({
      ...startOf(call),
      runMs: this.#clock.now() - call.startedAt,
      outcome: result.outcome,
      keyErrors,
      error: result.outcome === "failed" ? result.error : undefined,
    }));
    this.#pump();
    this.#ending.tellIfIdle();
  }

  /** Equal keys that are loaded from now on are computed anew. */
  #forget(pending: PendingKey<K, V>): void {
    const { id, partition } = pending;
    if (id !== undefined && partition.shared.get(id) === pending) partition.shared.delete(id);
  }
}

function startOf<K, V>(call: Call<K, V>): BatchStarted {
  const { id, partition, pendings, reason, startedAt } = call;
  const waitMs = startedAt - (pendings[0]?.loadedAt ?? startedAt);
  return { id, partition: partition.name, size: pendings.length, reason, waitMs };
}

function queueFull(maxQueueSize: number): BatchError {
  const retryAfterSeconds = RETRY_AFTER_SECONDS;
  return new BatchError("BATCH_QUEUE_FULL", `The queue is full: its size is ${maxQueueSize}`, {
    retryAfterSeconds,
  });
}

function shuttingDown(): BatchError {
  const retryAfterSeconds = RETRY_AFTER_SECONDS;
  return new BatchError("BATCH_SHUTTING_DOWN", "The server is shutting down", { retryAfterSeconds });
}
