// The batch function of a batcher under watch: holds each call against the account, and ends it as the settings or a step
// say.

import type { BatchContext } from "../../src/batching/index.ts";
import { answerOf, give, type HowToEnd, settle, thrown } from "./watched-answers.ts";
import type { WatchedCalls } from "./watched-calls.ts";
import type { WatchedClock } from "./watched-clock.ts";
import type { Key, Situation, Value, WatchedBatch, WatchedKey } from "./watched-keys.ts";
import type { Settings } from "./watched-steps.ts";
import type { WatchedTelling } from "./watched-telling.ts";

/** How long a call runs that ends "in time". */
const RUN_MS = 6;

type Given = PromiseLike<readonly Value[]> | readonly Value[];

export class WatchedFunction {
  readonly #situation: Situation;
  readonly #howCallsEnd: Settings["calls"];
  readonly #calls: WatchedCalls;
  readonly #clock: WatchedClock;
  readonly #take: (keys: readonly Key[], partition: string) => readonly WatchedKey[];
  readonly #telling: WatchedTelling;
  readonly #verify: (check: () => void) => void;

  /** @param take gives the waiting keys that a batch may leave with. */
  constructor(
    situation: Situation,
    howCallsEnd: Settings["calls"],
    calls: WatchedCalls,
    clock: WatchedClock,
    take: (keys: readonly Key[], partition: string) => readonly WatchedKey[],
    telling: WatchedTelling,
    verify: (check: () => void) => void,
  ) {
    this.#situation = situation;
    this.#howCallsEnd = howCallsEnd;
    this.#calls = calls;
    this.#clock = clock;
    this.#take = take;
    this.#telling = telling;
    this.#verify = verify;
  }

  call(keys: readonly Key[], context: BatchContext): Given {
    let batch: WatchedBatch | undefined;
    this.#verify(() => {
      batch = this.#calls.find(context.id);
      if (batch !== undefined) {
        this.#calls.goOn(batch, keys, context);
        return;
      }
      const watched = this.#calls.start(this.#take(keys, context.partition), context);
      batch = watched;
      this.#telling.checkStart(watched);
      context.signal.addEventListener("abort", () => this.#verify(() => this.#onAbort(watched)));
    });
    // After a violation the account is worth nothing: the schedule is over, whatever comes of this call.
    return batch === undefined ? [] : (this.#answer(batch) as Given);
  }

  /** Ends the call of a batch that runs; there may be none. */
  end(batch: WatchedBatch, how: HowToEnd): void {
    const { end } = batch;
    if (end === undefined) return;
    if (batch.isOver) this.#situation.proof.saw("answer of an abandoned call");
    if (how === "culprits" || how === "dead") batch.habit = how;
    const answer = answerOf(batch.part, how);
    this.#calls.conclude(batch, answer);
    settle(end, answer);
  }

  #answer(batch: WatchedBatch): unknown {
    const isAtOnce = this.#howCallsEnd === "at once";
    const habit = isAtOnce ? "culprits" : batch.habit;
    if (habit !== undefined) {
      const answer = answerOf(batch.part, habit);
      this.#verify(() => this.#calls.conclude(batch, answer));
      return isAtOnce ? give(answer) : Promise.resolve().then(() => give(answer));
    }
    const end = Promise.withResolvers<unknown>();
    batch.end = end;
    if (this.#howCallsEnd === "in time") {
      this.#clock.endLater(RUN_MS, () => {
        if (batch.end === end) this.end(batch, "culprits");
      });
    }
    return end.promise;
  }

  #onAbort(batch: WatchedBatch): void {
    const { proof, clock, limits } = this.#situation;
    batch.abortedAt = clock.now();
    batch.graceMs = limits.abortGraceMs;
    proof.saw("batch deserted");
    const { end } = batch;
    if (this.#howCallsEnd !== "by hand or when aborted" || end === undefined) return;
    proof.saw("batch that stopped on its abort");
    const answer = thrown(batch.context.signal.reason);
    this.#calls.conclude(batch, answer);
    settle(end, answer);
  }
}
