// Everyone who waits for an answer, and the one place where they get it: exactly once, at the latest in time.

import type { Clock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { BatchError, type BatchErrorCode, isError } from "./errors.ts";
import type { BatcherEmitter, LoadEnded } from "./events.ts";
import type { Limits } from "./limits.ts";
import type { Partition } from "./partition.ts";
import type { Caller, PendingKey } from "./pending-key.ts";
import type { CallerOutcome, Totals } from "./stats.ts";

/** What a new caller brings. */
export type NewCaller<K, V> = Pick<
  Caller<K, V>,
  "pending" | "resolve" | "reject" | "loadedAt" | "maxDelayMs" | "origin"
>;

export class Callers<K, V> {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #totals: Totals;
  readonly #emitter: BatcherEmitter;
  readonly #onLeft: (pending: PendingKey<K, V>) => void;
  readonly #onSettled: () => void;
  /** Every caller without an answer. */
  readonly #deadlines: Deadlines<Caller<K, V>>;
  /** The loads that have ended and are told of together; undefined while each is told of at once. */
  #ended: LoadEnded[] | undefined;
  #waitingCount = 0;
  /** How many partitions have callers that count for `maxQueueSize`. */
  #waitingPartitions = 0;

  /**
   * @param onLeft called when a key has lost a caller, perhaps its last, before it was answered.
   * @param onSettled called after a caller that was settled without its call.
   */
  constructor(
    limits: Limits,
    clock: Clock,
    totals: Totals,
    emitter: BatcherEmitter,
    onLeft: (pending: PendingKey<K, V>) => void,
    onSettled: () => void,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#totals = totals;
    this.#emitter = emitter;
    this.#onLeft = onLeft;
    this.#onSettled = onSettled;
    this.#deadlines = new Deadlines(limits, clock, (caller) => this.#timeOut(caller));
  }

  /** How many have no answer. */
  get count(): number {
    return this.#deadlines.size;
  }

  /** How many count for `maxQueueSize`. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  add(newCaller: NewCaller<K, V>): Caller<K, V> {
    const { pending, resolve, reject, loadedAt, maxDelayMs, origin } = newCaller;
    const caller: Caller<K, V> = {
      pending,
      resolve,
      reject,
      loadedAt,
      maxDelayMs,
      origin,
      isWaiting: true,
      isSettled: false,
      stopListening: undefined,
      index: 0,
      previous: undefined,
      next: undefined,
    };
    pending.join(caller);
    this.#waitingCount += 1;
    if (pending.partition.waitingCallers === 0) this.#waitingPartitions += 1;
    pending.partition.waitingCallers += 1;
    this.#deadlines.add(caller);
    return caller;
  }

  /**
   * Makes room in a full queue for a partition that has less of it than its share: the newest caller of the one that has
   * the most is pushed out (none for whom alone a call runs), so that a partition that floods the queue pays for that itself. (Known as longest queue drop,
   * from McKenney's "Stochastic Fairness Queueing", 1991.)
   *
   * @param partition undefined for one that does not exist yet.
   * @returns whether there is room now.
   */
  makeRoomFor(
    partition: Partition<K, V> | undefined,
    partitions: Iterable<Partition<K, V>>,
    errorForOne: () => BatchError,
  ): boolean {
    const own = partition?.waitingCallers ?? 0;
    const sharing = this.#waitingPartitions + (own === 0 ? 1 : 0);
    if (own >= Math.floor(this.#limits.maxQueueSize / sharing)) return false;
    let most = 0;
    for (const { waitingCallers } of partitions) most = Math.max(most, waitingCallers);
    const before = this.#waitingCount;
    for (let caller = this.#deadlines.last; caller !== undefined; caller = caller.previous) {
      if (caller.pending.partition.waitingCallers < most || !mayBePushedOut(caller)) continue;
      this.#leave(caller, "refused", errorForOne());
      // Unless its signal, which is the user's, has let somebody in.
      return this.#waitingCount < before;
    }
    return false;
  }

  /** To be called when `timeoutMs` has changed. */
  resetDeadlines(): void {
    this.#deadlines.reset();
  }

  /** Lets a caller go when its signal aborts. Its key has to be scheduled by then: it may be at once. */
  listen(caller: Caller<K, V>, signal: AbortSignal): void {
    const onAbort = (): void => this.#leave(caller, "left", signal.reason);
    try {
      signal.addEventListener("abort", onAbort, { once: true });
    } catch (error) {
      this.#leave(caller, "rejected", error);
      return;
    }
    caller.stopListening = () => signal.removeEventListener("abort", onAbort);
    // It may have aborted since the load began, in a function of the user's, and tells that nobody who comes now.
    if (signal.aborted) onAbort();
  }

  /** Its batch has started: those who are there by now count for `maxQueueSize` no longer. */
  start(pending: PendingKey<K, V>): void {
    for (const caller of pending.callers) this.#stopWaiting(caller);
  }

  /** Gives a key's value, or its own Error, to its callers. */
  answer(pending: PendingKey<K, V>, value: V | Error): void {
    if (isError(value)) this.#settleAll(pending, outcomeOf(value), rejectWith, value);
    else this.#settleAll(pending, "answered", resolveWith, value);
  }

  /** Gives each caller of a key an error of its own: whoever marks or extends it changes nobody else's. */
  fail(pending: PendingKey<K, V>, cause: Error): void {
    this.#settleAll(pending, "failed", rejectForBatch, cause);
  }

  /** Gives up everyone who has no answer. */
  shutOutAll(errorForOne: () => BatchError): void {
    for (let caller = this.#deadlines.first; caller !== undefined; caller = this.#deadlines.first) {
      this.#leave(caller, "shutOut", errorForOne());
    }
  }

  #timeOut(caller: Caller<K, V>): void {
    const { call } = caller.pending;
    if (call !== undefined) call.hasTimedOut = true;
    const message = `No answer within ${this.#limits.timeoutMs} ms`;
    this.#leave(caller, "timedOut", new BatchError("BATCH_TIMEOUT", message));
  }

  #leave(caller: Caller<K, V>, outcome: CallerOutcome, reason: unknown): void {
    if (caller.isSettled) return;
    const { pending } = caller;
    this.#settle(caller, outcome);
    caller.reject(reason);
    pending.remove(caller);
    this.#onLeft(pending);
    stopListening(caller);
    this.#tell(caller, outcome);
    this.#onSettled();
  }

  /** First all count as settled: what runs functions of the user's, as a signal's may be, finds nothing half done. */
  #settleAll<Result>(
    pending: PendingKey<K, V>,
    outcome: CallerOutcome,
    settle: (caller: Caller<K, V>, result: Result) => void,
    result: Result,
  ): void {
    for (const caller of pending.callers) this.#settle(caller, outcome);
    for (const caller of pending.callers) settle(caller, result);
    for (const caller of pending.callers) stopListening(caller);
    for (const caller of pending.callers) this.#tell(caller, outcome);
  }

  /** What is told of loads that end in `settle` is told after it, all at once: it costs much less. */
  settleTogether(settle: () => void): void {
    if (this.#emitter.listenerCount("loadEnd") === 0) {
      settle();
      return;
    }
    const around = this.#ended;
    const ended: LoadEnded[] = [];
    this.#ended = ended;
    try {
      settle();
    } finally {
      this.#ended = around;
      this.#emitter.tellEach("loadEnd", ended);
    }
  }

  #tell({ loadedAt }: Caller<K, V>, outcome: CallerOutcome): void {
    if (this.#ended === undefined) {
      this.#emitter.tell("loadEnd", () => ({ outcome, durationMs: this.#clock.now() - loadedAt }));
    } else {
      this.#ended.push({ outcome, durationMs: this.#clock.now() - loadedAt });
    }
  }

  /** The one way out: after it a caller has no time, and counts for nothing. */
  #settle(caller: Caller<K, V>, outcome: CallerOutcome): void {
    caller.isSettled = true;
    this.#deadlines.remove(caller);
    this.#stopWaiting(caller);
    this.#totals[outcome] += 1;
  }

  #stopWaiting(caller: Caller<K, V>): void {
    if (!caller.isWaiting) return;
    const { partition } = caller.pending;
    caller.isWaiting = false;
    this.#waitingCount -= 1;
    partition.waitingCallers -= 1;
    if (partition.waitingCallers === 0) this.#waitingPartitions -= 1;
  }
}

function resolveWith<K, V>(caller: Caller<K, V>, value: V): void {
  caller.resolve(value);
}

function rejectWith<K, V>(caller: Caller<K, V>, error: Error): void {
  caller.reject(error);
}

function rejectForBatch<K, V>(caller: Caller<K, V>, cause: Error): void {
  caller.reject(new BatchError("BATCH_FAILED", "The batch function failed", { cause }));
}

/** Where keys are passed on (passing-on.ts), those who have them may refuse them, or be too late. */
const OUTCOMES: Readonly<Record<BatchErrorCode, CallerOutcome>> = {
  BATCH_QUEUE_FULL: "refused",
  BATCH_TIMEOUT: "timedOut",
  BATCH_FAILED: "failed",
  BATCH_KEY_TOO_HEAVY: "tooHeavy",
  BATCH_SHUTTING_DOWN: "shutOut",
};

function outcomeOf(error: Error): CallerOutcome {
  return error instanceof BatchError ? OUTCOMES[error.code] : "failed";
}

/** Whoever counts for the queue, but not the only one for whom a call still runs: that would end it. */
function mayBePushedOut<K, V>({ isWaiting, pending }: Caller<K, V>): boolean {
  return isWaiting && (pending.call === undefined || pending.callers.length > 1);
}

/** A signal that cannot forget a listener is no reason to fail anybody: a settled caller does not listen to it. */
function stopListening<K, V>(caller: Caller<K, V>): void {
  if (caller.stopListening === undefined) return;
  try {
    caller.stopListening();
  } catch {}
}
