// The model's account of the callers: who waits, who has to have an answer by now, and whether it is the right one.

import { BatchError, OptionError } from "../../src/batching/index.ts";
import { isOf } from "./watched-calls.ts";
import {
  deadlineOf,
  dueAtOf,
  mayDrainBeOver,
  type Situation,
  type Value,
  type WatchedCaller,
  type WatchedKey,
} from "./watched-keys.ts";
import type { Happening } from "./watched-proof.ts";
import type { WatchedQueue } from "./watched-queue.ts";

/** How a load ends, in the words of the totals; `hit` is one that is answered from the cache. */
export type Outcome =
  | "answered"
  | "hit"
  | "failed"
  | "timedOut"
  | "left"
  | "refused"
  | "shutOut"
  | "rejected"
  | "tooHeavy";

const OUTCOME_OF_CODE: Readonly<Record<string, Outcome>> = {
  BATCH_QUEUE_FULL: "refused",
  BATCH_TIMEOUT: "timedOut",
  BATCH_FAILED: "failed",
  BATCH_SHUTTING_DOWN: "shutOut",
  BATCH_KEY_TOO_HEAVY: "tooHeavy",
};

const HAPPENINGS: Readonly<Record<Outcome, Happening>> = {
  answered: "answered",
  hit: "cache hit",
  failed: "caller of a failed key",
  timedOut: "time-out",
  left: "left",
  refused: "refused",
  shutOut: "shut out",
  rejected: "bad weight",
  tooHeavy: "too heavy",
};

export class WatchedCallers {
  /** Those of whom it is not decided what becomes of them, in the order of their loads. */
  readonly open = new Set<WatchedCaller>();
  readonly totals = new Map<Outcome, number>();
  readonly #situation: Situation;
  readonly #queue: WatchedQueue;
  readonly #verify: (check: () => void) => void;
  /** The errors of Jitney's own that callers got: everyone has to get one of their own. */
  readonly #errors = new Set<unknown>();
  /** One of these has to be pushed out; which one, the rules leave open. */
  #candidates: readonly WatchedCaller[] = [];
  /** How many promises have to settle before this turn is over. */
  #toSettle = 0;

  constructor(situation: Situation, queue: WatchedQueue, verify: (check: () => void) => void) {
    this.#situation = situation;
    this.#queue = queue;
    this.#verify = verify;
  }

  /** Whether it will be known only at rest who is still there. */
  get isInDoubt(): boolean {
    return this.#candidates.length > 0;
  }

  /** How many count for `maxQueueSize`. */
  get waitingCount(): number {
    let count = 0;
    for (const { isWaiting } of this.open) if (isWaiting) count += 1;
    return count;
  }

  add(caller: WatchedCaller): void {
    this.open.add(caller);
    caller.watched.callers.add(caller);
  }

  /** The promise that the caller got. */
  watch(caller: WatchedCaller, promise: Promise<Value>): void {
    promise.then(
      (value) => this.#verify(() => this.#onValue(caller, value)),
      (reason: unknown) => this.#verify(() => this.#onReason(caller, reason)),
    );
  }

  /** A load that changes nothing: it has to end in this turn, in one of these ways. */
  turnAway(
    promise: Promise<Value>,
    outcomes: readonly Outcome[],
    leaver: AbortController,
    hit?: Value,
  ): void {
    this.#toSettle += 1;
    const { proof } = this.#situation;
    promise.then(
      (value) =>
        this.#verify(() => {
          proof.holds(8, outcomes.includes("hit") && value === hit, "a value that is not the cached one");
          this.#end("hit");
        }),
      (reason: unknown) =>
        this.#verify(() => {
          const outcome = leaver.signal.aborted ? "left" : this.#outcomeOf(reason);
          const isRight = outcomes.includes(outcome);
          proof.holds(6, isRight, `a load ended as ${outcome}, but had to be ${outcomes.join(" or ")}`);
          if (outcome === "left") {
            proof.holds(7, reason === leaver.signal.reason, "not the signal's own reason");
            proof.saw("left before the load");
          }
          this.#end(outcome);
        }),
    );
  }

  leave(caller: WatchedCaller): void {
    this.#remove(caller);
    this.#toSettle += 1;
    caller.leaver.abort(new Error("left"));
  }

  /** One of these is pushed out of the queue by the load that is to come. */
  pushOut(candidates: readonly WatchedCaller[]): void {
    const [first, second] = candidates;
    if (first === undefined) return;
    if (second === undefined) {
      first.isPushedOut = true;
      this.#remove(first);
      this.#toSettle += 1;
    } else {
      this.#candidates = candidates;
      for (const caller of candidates) caller.mayBePushedOut = true;
    }
  }

  /** A key has its result: its callers have to get it in this turn. */
  settle(watched: WatchedKey): void {
    for (const caller of watched.callers) this.open.delete(caller);
    this.#toSettle += watched.callers.size;
    watched.callers.clear();
  }

  /** When something has to happen to somebody. */
  moments(): readonly number[] {
    return [...this.open].flatMap((caller) => [
      deadlineOf(caller, this.#situation),
      dueAtOf(caller, this.#situation),
    ]);
  }

  /** What has to be so at rest. */
  check(): void {
    const { proof, clock } = this.#situation;
    if (this.#candidates.length > 0) {
      const count = this.#candidates.filter(({ isPushedOut }) => isPushedOut).length;
      proof.holds(5, count === 1, `${count} callers were pushed out where one has to be`);
      for (const caller of this.#candidates) caller.mayBePushedOut = false;
      this.#candidates = [];
    }
    proof.holds(1, this.#toSettle === 0, `${this.#toSettle} loads did not settle when their end had come`);
    for (const caller of this.open) {
      const isInTime = deadlineOf(caller, this.#situation) > clock.now();
      proof.holds(1, isInTime, `load ${caller.serial} was not settled when its time was up`);
    }
  }

  #onValue({ watched, leaver, serial, isPushedOut }: WatchedCaller, value: Value): void {
    const { proof } = this.#situation;
    const { result } = watched;
    proof.holds(7, !leaver.signal.aborted && !isPushedOut, `load ${serial} had left, and got a value`);
    proof.holds(
      2,
      result?.type === "value" && result.value === value,
      `load ${serial} got another key's value`,
    );
    this.#toSettle -= 1;
    this.#tally("answered");
  }

  #onReason(caller: WatchedCaller, reason: unknown): void {
    const { proof, clock } = this.#situation;
    const { watched, leaver, serial } = caller;
    if (leaver.signal.aborted) {
      proof.holds(7, reason === leaver.signal.reason, `load ${serial} did not get its signal's own reason`);
      this.#end("left");
      return;
    }
    const { result } = watched;
    if (result?.type === "value")
      proof.holds(2, false, `load ${serial} was rejected, but its key has a value`);
    if (result?.type === "error") {
      proof.holds(9, reason === result.error, `load ${serial} did not get its key's own error`);
      proof.saw("caller's own error");
      this.#end("failed");
      return;
    }
    const outcome = this.#outcomeOf(reason);
    if (result?.type === "failed") {
      const isRight = outcome === "failed" && isOf((reason as Error).cause, result.failure);
      proof.holds(
        9,
        isRight,
        `load ${serial} was ${outcome}, or of another cause than its last call's failure`,
      );
      this.#end(outcome);
    } else if (caller.isPushedOut || (caller.mayBePushedOut && outcome === "refused")) {
      proof.holds(5, outcome === "refused", `load ${serial} had to be pushed out, but was ${outcome}`);
      proof.saw("pushed out");
      if (!caller.isPushedOut) this.#remove(caller);
      else this.#toSettle -= 1;
      caller.isPushedOut = true;
      this.#tally("refused");
    } else {
      const isTimedOut = outcome === "timedOut" && deadlineOf(caller, this.#situation) <= clock.now();
      const isGivenUp = outcome === "shutOut" && mayDrainBeOver(this.#situation);
      proof.holds(1, isTimedOut || isGivenUp, `load ${serial} was ${outcome}, for no reason`);
      this.#leaveUnasked(caller, outcome);
    }
  }

  /** Its time was up, or the drain was over. */
  #leaveUnasked(caller: WatchedCaller, outcome: Outcome): void {
    const { proof } = this.#situation;
    const { batch } = caller.watched;
    if (outcome === "shutOut") proof.saw("given up at the end of a drain");
    if (outcome === "timedOut" && batch !== undefined) {
      proof.saw("time-out while running");
      batch.hasTimedOut = true;
    }
    this.#remove(caller);
    this.#tally(outcome);
  }

  #end(outcome: Outcome): void {
    this.#toSettle -= 1;
    this.#tally(outcome);
  }

  #tally(outcome: Outcome): void {
    this.#situation.proof.saw(HAPPENINGS[outcome]);
    this.totals.set(outcome, (this.totals.get(outcome) ?? 0) + 1);
  }

  #remove(caller: WatchedCaller): void {
    const { watched } = caller;
    this.open.delete(caller);
    watched.callers.delete(caller);
    if (watched.state !== "waiting" || watched.callers.size > 0) return;
    watched.state = "dropped";
    this.#queue.remove(watched);
  }

  /** Of an error of Jitney's own, which has to be the caller's own and to show nobody's key. */
  #outcomeOf(reason: unknown): Outcome {
    const { proof, limits } = this.#situation;
    if (reason instanceof OptionError) return "rejected";
    const isKnown = reason instanceof BatchError;
    proof.holds(9, isKnown, `a load was rejected with somebody else's error: ${String(reason)}`);
    if (!isKnown) return "rejected";
    proof.holds(9, !this.#errors.has(reason), "two callers got the same error object");
    this.#errors.add(reason);
    const { code, message, retryAfterSeconds, cause } = reason;
    const ownTexts = `${message} ${JSON.stringify(reason)} ${cause instanceof TypeError ? cause.message : ""}`;
    proof.holds(11, !ownTexts.includes("secret"), `an error shows a key or a value: ${ownTexts}`);
    if (code === "BATCH_QUEUE_FULL") {
      const isTime =
        Number.isInteger(retryAfterSeconds) &&
        (retryAfterSeconds ?? 0) >= 1 &&
        (retryAfterSeconds ?? 0) <= Math.ceil(limits.timeoutMs / 1_000);
      proof.holds(6, isTime, `a refusal says to try again after ${retryAfterSeconds} s`);
    }
    return OUTCOME_OF_CODE[code] ?? "rejected";
  }
}
