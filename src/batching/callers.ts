// Everyone who waits for an answer, and the one place where they get it: exactly once, at the latest in time.

import type { Clock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { BatchError, isError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Caller, PendingKey } from "./pending-key.ts";
import type { CallerOutcome, Totals } from "./stats.ts";

/** What a new caller brings. */
export type NewCaller<K, V> = Pick<Caller<K, V>, "pending" | "resolve" | "reject" | "dueAt" | "isUrgent">;

export class Callers<K, V> {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #totals: Totals;
  readonly #onLeft: (pending: PendingKey<K, V>) => void;
  readonly #onSettled: () => void;
  /** Every caller without an answer. */
  readonly #deadlines: Deadlines<Caller<K, V>>;
  #waitingCount = 0;

  /**
   * @param onLeft called when a key has lost its last caller before it was answered.
   * @param onSettled called after each caller that is settled.
   */
  constructor(
    limits: Limits,
    clock: Clock,
    totals: Totals,
    onLeft: (pending: PendingKey<K, V>) => void,
    onSettled: () => void,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#totals = totals;
    this.#onLeft = onLeft;
    this.#onSettled = onSettled;
    this.#deadlines = new Deadlines(clock, (caller) => this.#timeOut(caller));
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
    const { pending, resolve, reject, dueAt, isUrgent } = newCaller;
    const caller: Caller<K, V> = {
      pending,
      resolve,
      reject,
      dueAt,
      isUrgent,
      deadline: this.#clock.now() + this.#limits.timeoutMs,
      isWaiting: true,
      isSettled: false,
      stopListening: undefined,
      index: 0,
      previous: undefined,
      next: undefined,
    };
    pending.join(caller);
    this.#waitingCount += 1;
    this.#deadlines.add(caller);
    return caller;
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
  }

  /** Its batch has started: those who are there by now count for `maxQueueSize` no longer. */
  start(pending: PendingKey<K, V>): void {
    for (const caller of pending.callers) this.#stopWaiting(caller);
  }

  /** Gives a key's value, or its own Error, to its callers. */
  answer(pending: PendingKey<K, V>, value: V | Error): void {
    for (const caller of pending.callers) {
      if (isError(value)) {
        this.#settle(caller, "failed");
        caller.reject(value);
      } else {
        this.#settle(caller, "answered");
        caller.resolve(value);
      }
    }
  }

  /** Gives each caller of a key an error of its own: whoever marks or extends it changes nobody else's. */
  fail(pending: PendingKey<K, V>, cause: Error): void {
    for (const caller of pending.callers) {
      this.#settle(caller, "failed");
      caller.reject(new BatchError("BATCH_FAILED", "The batch function failed", { cause }));
    }
  }

  /** Gives up everyone who has no answer. */
  shutOutAll(errorForOne: () => BatchError): void {
    for (let caller = this.#deadlines.first; caller !== undefined; caller = this.#deadlines.first) {
      this.#leave(caller, "shutOut", errorForOne());
    }
  }

  #timeOut(caller: Caller<K, V>): void {
    const message = `No answer within ${this.#limits.timeoutMs} ms`;
    this.#leave(caller, "timedOut", new BatchError("BATCH_TIMEOUT", message));
  }

  #leave(caller: Caller<K, V>, outcome: CallerOutcome, reason: unknown): void {
    if (caller.isSettled) return;
    const { pending } = caller;
    this.#settle(caller, outcome);
    caller.reject(reason);
    pending.remove(caller);
    if (pending.isDead) this.#onLeft(pending);
  }

  /** The one way out: after it a caller has no timer, no listener, and counts for nothing. */
  #settle(caller: Caller<K, V>, outcome: CallerOutcome): void {
    caller.isSettled = true;
    caller.stopListening?.();
    this.#deadlines.remove(caller);
    this.#stopWaiting(caller);
    this.#totals[outcome] += 1;
    this.#onSettled();
  }

  #stopWaiting(caller: Caller<K, V>): void {
    if (!caller.isWaiting) return;
    caller.isWaiting = false;
    this.#waitingCount -= 1;
  }
}
