// A batcher: takes keys from anyone at any time, and gives everyone the value of their own.

import type { EventEmitter } from "node:events";
import type { BatchFunction } from "./batch-function.ts";
import { Callers } from "./callers.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Ending } from "./ending.ts";
import { BatchError } from "./errors.ts";
import { BatcherEmitter, type BatcherEvents } from "./events.ts";
import { KeyReader } from "./key-reader.ts";
import { type Limits, limitWarnings, type MutableLimits } from "./limits.ts";
import {
  type BatcherOptions,
  checkBatcherOptions,
  checkDrainOptions,
  checkFunction,
  checkLoadOptions,
  checkNewLimits,
  type DrainOptions,
  type LoadOptions,
} from "./options.ts";
import { limitsOfPassingOn, passingOn } from "./passing-on.ts";
import { dueAt, PendingKey } from "./pending-key.ts";
import { Scheduler } from "./scheduler.ts";
import {
  type BatcherSnapshot,
  type BatcherStats,
  type CallerOutcome,
  newTotals,
  type Totals,
} from "./stats.ts";
import { ValueCache } from "./value-cache.ts";

/** Why a load goes no further: what it counts as, and what it rejects with. */
interface Refusal {
  readonly outcome: CallerOutcome;
  readonly reason: unknown;
}

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
  /** Tells of each batch when it starts and when it has ended (`BatcherEvents`). */
  readonly events: EventEmitter<BatcherEvents>;
  readonly #emitter = new BatcherEmitter();
  /** The ones that hold now, for all parts: `configure` changes them in place. */
  readonly #limits: MutableLimits;
  /** Whether its keys are not computed here, but passed on, to be batched elsewhere. */
  readonly passesOn: boolean;
  readonly #warn: (message: string) => void;
  readonly #keys: KeyReader<K>;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler<K, V>;
  readonly #dispatcher: Dispatcher<K, V>;
  readonly #callers: Callers<K, V>;
  readonly #cache: ValueCache<V> | undefined;
  readonly #ending: Ending;
  readonly #totals: Totals = newTotals();

  constructor(batchFunction: BatchFunction<K, V>, options: BatcherOptions<K>) {
    checkFunction("batchFunction", batchFunction);
    this.passesOn = passingOn(batchFunction) !== undefined;
    this.#limits = this.#asPassedOn(checkBatcherOptions(options));
    this.events = this.#emitter;
    this.name = options.name ?? "batch";
    const { cache, watchBatch } = options;
    // Whoever computes the keys does that.
    const isolateFailures = options.isolateFailures === true && !this.passesOn;
    this.#keys = new KeyReader(options);
    this.#clock = options.clock ?? systemClock;
    this.#cache = cache === undefined ? undefined : new ValueCache(cache, this.#clock);
    this.#scheduler = new Scheduler(this.#limits, this.#clock, () => this.#dispatcher.pump());
    this.#callers = new Callers(
      this.#limits,
      this.#clock,
      this.#totals,
      this.#emitter,
      (pending) => this.#onLeft(pending),
      () => this.#ending.tellIfIdle(),
    );
    this.#dispatcher = new Dispatcher({
      name: this.name,
      batchFunction,
      isolateFailures,
      watchBatch,
      limits: this.#limits,
      clock: this.#clock,
      scheduler: this.#scheduler,
      callers: this.#callers,
      cache: this.#cache,
      emitter: this.#emitter,
      totals: this.#totals,
      onEnd: () => this.#ending.tellIfIdle(),
    });
    this.#ending = new Ending(
      {
        release: () => {
          this.#scheduler.drain();
          this.#dispatcher.pump();
        },
        isIdle: () => this.#callers.count === 0 && this.#dispatcher.runningCount === 0,
        giveUp: () => {
          this.#callers.shutOutAll(shuttingDown);
          this.#dispatcher.abandonAll();
        },
      },
      this.#clock,
      this.#limits,
    );
    this.#warn =
      options.onWarning ?? ((message) => process.emitWarning(`${this.name}: ${message}`, "JitneyWarning"));
    for (const warning of limitWarnings(this.#limits)) this.#warn(warning);
  }

  /** The limits that hold now; a copy. */
  get limits(): Limits {
    return { ...this.#limits };
  }

  /**
   * Changes some limits, or all, while keys wait and run. They hold at once, for who waits already too: a shorter
   * `maxDelayMs` lets a batch leave sooner, a longer one later, and a shorter `timeoutMs` may end a wait. Who waits stays,
   * even above a lower `maxQueueSize`; what runs goes on, even above a lower `concurrency`.
   *
   * @throws OptionError for a limit that cannot be used, and for a name that is none; then nothing has changed.
   * @example
   * batcher.configure({ maxBatchSize: 64, concurrency: 2 });
   */
  configure(limits: Partial<Limits>): void {
    Object.assign(this.#limits, this.#asPassedOn(checkNewLimits(limits, this.#limits)));
    this.#callers.resetDeadlines();
    this.#scheduler.reconsider();
    this.#dispatcher.pump();
    for (const warning of limitWarnings(this.#limits)) this.#warn(warning);
  }

  /**
   * The value of a key, computed together with whatever else waits.
   *
   * Rejects with the key's own Error where the batch function gave one; with a BatchError where Jitney is the
   * reason (`BATCH_QUEUE_FULL`, `BATCH_TIMEOUT`, `BATCH_FAILED`, `BATCH_KEY_TOO_HEAVY`, `BATCH_SHUTTING_DOWN`); with the
   * signal's reason where that aborted; with an OptionError where an option cannot be used.
   */
  load(key: K, options: LoadOptions = {}): Promise<V> {
    this.#totals.loads += 1;
    return new Promise((resolve, reject) => {
      let refusal: Refusal | undefined;
      try {
        checkLoadOptions(options);
        refusal = this.#take(key, options, resolve, reject);
      } catch (error) {
        refusal = { outcome: "rejected", reason: error };
      }
      if (refusal === undefined) return;
      const { outcome, reason } = refusal;
      this.#totals[outcome] += 1;
      reject(reason);
      this.#emitter.tell("loadEnd", () => ({ outcome, durationMs: 0 }));
    });
  }

  /**
   * Starts no batch until the function is called that it gives; of several pauses, until each has been ended. What runs goes
   * on, what waits fills up, and the time of those who wait goes on too.
   *
   * @example
   * const resume = batcher.pause();
   * await maintenance();
   * resume();
   */
  pause(): () => void {
    return this.#dispatcher.pause();
  }

  /**
   * Forgets what is known of a key: its value in the cache is dropped, and where it is being computed now, that serves those who
   * have asked already, and nobody who asks from now on. For a value that has changed.
   *
   * @throws OptionError when the partition is no string, or `keyId` has no id for the key.
   */
  clear(key: K, options: Pick<LoadOptions, "partition"> = {}): void {
    checkLoadOptions(options);
    const { partition = "" } = options;
    const id = this.#keys.idOf(key, partition);
    if (id === undefined) return;
    this.#cache?.delete(id);
    const pending = this.#scheduler.find(partition)?.shared.get(id);
    if (pending?.call !== undefined) pending.unshare();
  }

  /**
   * Takes no new keys, releases what waits, and resolves when every caller has an answer and no call runs: at the
   * latest `abortGraceMs` after it stopped taking keys. Whoever has no answer by then gets `BATCH_SHUTTING_DOWN`.
   * Called again, it gives the same promise; without `acceptUntil`, it stops taking keys at once.
   *
   * @throws OptionError when an option cannot be used.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    checkDrainOptions(options);
    return this.#ending.drain(options);
  }

  stats(): BatcherStats {
    return {
      state: this.#ending.state,
      waitingKeys: this.#scheduler.waitingCount,
      waitingCallers: this.#callers.waitingCount,
      pendingCallers: this.#callers.count,
      runningBatches: this.#dispatcher.runningCount,
      partitions: this.#scheduler.partitionCount,
      totals: { ...this.#totals, batchesByReason: { ...this.#totals.batchesByReason } },
    };
  }

  /** What waits and runs in this moment, for who wants to show it. Costs a look at each caller that waits. */
  snapshot(): BatcherSnapshot {
    const now = this.#clock.now();
    return {
      filling: this.#scheduler.filling,
      running: this.#dispatcher.running.map(({ id, pendings, reason, startedAt }) => ({
        id,
        size: pendings.length,
        reason,
        runMs: now - startedAt,
      })),
    };
  }

  /** Answers a load from the cache, or makes it wait; gives the reason where it can do neither. */
  #take(
    key: K,
    options: LoadOptions,
    resolve: (value: V) => void,
    reject: (reason: unknown) => void,
  ): Refusal | undefined {
    const { signal, maxDelayMs, partition: name = "", origin } = options;
    if (signal?.aborted) return { outcome: "left", reason: signal.reason };
    if (this.#ending.state === "closed") return { outcome: "shutOut", reason: shuttingDown() };
    const id = this.#keys.idOf(key, name);
    const cached = id === undefined ? undefined : this.#cache?.get(id);
    if (cached !== undefined) {
      this.#totals.answered += 1;
      this.#totals.cacheHits += 1;
      resolve(cached.value);
      this.#emitter.tell("loadEnd", () => ({ outcome: "answered", durationMs: 0 }));
      return undefined;
    }
    const now = this.#clock.now();
    const { loads } = this.#totals;
    const found = this.#equalTo(id, name, now);
    const weight = found === undefined ? this.#keys.weightOf(key) : 0;
    if (weight > this.#limits.maxBatchWeight) {
      return { outcome: "tooHeavy", reason: tooHeavy(weight, this.#limits) };
    }
    if (!this.#hasRoomIn(name)) return { outcome: "refused", reason: this.#queueFull() };

    // From here on no function of the user's is called. One that was may have loaded keys, or made others leave.
    const isSame = loads === this.#totals.loads && found?.isShared !== false;
    const equal = isSame ? found : this.#equalTo(id, name, now);
    if (equal === undefined && found !== undefined) return this.#take(key, options, resolve, reject);
    const partition = this.#scheduler.partition(name);
    const pending = equal ?? new PendingKey(key, id, weight, partition, now);
    if (pending.call !== undefined && pending.isDead) pending.call.liveKeys += 1;
    const caller = this.#callers.add({ pending, resolve, reject, loadedAt: now, maxDelayMs, origin });
    const wantedAt = this.#ending.state === "open" ? dueAt(caller, this.#limits) : now;
    let isFull = false;
    if (equal === undefined) {
      if (id !== undefined) pending.share(id);
      isFull = this.#scheduler.add(pending, wantedAt);
    } else {
      this.#totals.shared += 1;
      if (pending.call === undefined) this.#scheduler.hasten(partition, wantedAt);
      if (pending.call !== undefined && origin !== undefined) this.#dispatcher.join(pending.call, origin);
    }
    if (signal !== undefined) this.#callers.listen(caller, signal);
    if (isFull) this.#dispatcher.pump();
    return undefined;
  }

  /**
   * The waiting or running key that a load may join. Not one whose call has run for as long as anyone may wait: a popular
   * key whose call hangs would always have callers, and never be given up.
   */
  #equalTo(id: string | undefined, partition: string, now: number): PendingKey<K, V> | undefined {
    if (id === undefined) return undefined;
    const equal = this.#scheduler.find(partition)?.shared.get(id);
    if (equal?.call === undefined) return equal;
    if (now - equal.call.startedAt < this.#limits.timeoutMs) return equal;
    equal.unshare();
    return undefined;
  }

  #asPassedOn(limits: MutableLimits): MutableLimits {
    return this.passesOn ? limitsOfPassingOn(limits) : limits;
  }

  #hasRoomIn(partition: string): boolean {
    if (this.#callers.waitingCount < this.#limits.maxQueueSize) return true;
    // Whom a draining batcher has accepted is answered.
    if (this.#ending.state !== "open") return false;
    const scheduler = this.#scheduler;
    return this.#callers.makeRoomFor(scheduler.find(partition), scheduler.partitions, () =>
      this.#queueFull(),
    );
  }

  #queueFull(): BatchError {
    const { maxQueueSize, maxDelayMs, timeoutMs } = this.#limits;
    // With a slot free, the queue waits for no more than its delay. Nobody waits longer than `timeoutMs`.
    const ms = this.#dispatcher.msToDrain() ?? maxDelayMs;
    const retryAfterSeconds = Math.max(1, Math.ceil(Math.min(ms, timeoutMs) / 1_000));
    const message = `The queue is full: its size is ${maxQueueSize}`;
    return new BatchError("BATCH_QUEUE_FULL", message, { retryAfterSeconds });
  }

  /** A key that has lost its last caller is not computed or, where it runs, not wanted any more. */
  #onLeft(pending: PendingKey<K, V>): void {
    const { call, isDead } = pending;
    if (call !== undefined) {
      if (isDead) this.#dispatcher.leave(call);
    } else if (isDead) {
      pending.unshare();
      this.#scheduler.drop(pending);
    } else {
      this.#scheduler.leave(pending);
    }
  }
}

function tooHeavy(weight: number, { maxBatchWeight }: Limits): BatchError {
  const message = `The key is too heavy: it weighs ${weight}, and a whole batch ${maxBatchWeight} at most`;
  return new BatchError("BATCH_KEY_TOO_HEAVY", message);
}

function shuttingDown(): BatchError {
  // Not this server, but the one in its place: it is as good as there.
  const retryAfterSeconds = 1;
  return new BatchError("BATCH_SHUTTING_DOWN", "The server is shutting down", { retryAfterSeconds });
}
