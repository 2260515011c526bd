// The model's account of the batches that run: what each call of the batch function may be called with, what comes of
// its answer, and how a batch that failed is split.

import type { BatchContext, BatchEnded } from "../../src/batching/index.ts";
import type { Answer } from "./watched-answers.ts";
import {
  type Failure,
  isSurelyWanted,
  type Key,
  KeyError,
  mayDrainBeOver,
  type Result,
  type Situation,
  type WatchedBatch,
  type WatchedKey,
} from "./watched-keys.ts";

const CREDITS = 8;
const CREDITS_FOR_AN_ANSWER = 2;

export class WatchedCalls {
  readonly #situation: Situation;
  readonly #isolatesFailures: boolean;
  readonly #onValue: (watched: WatchedKey, result: Result) => void;
  /** The batches that have not been checked to the end. */
  #batches: WatchedBatch[] = [];
  started = 0;
  startedKeys = 0;
  /** Of the batches that have ended: those of one that runs may be counted already, or not yet. */
  extraCalls = 0;
  abandoned = 0;

  constructor(
    situation: Situation,
    isolatesFailures: boolean,
    onValue: (watched: WatchedKey, result: Result) => void,
  ) {
    this.#situation = situation;
    this.#isolatesFailures = isolatesFailures;
    this.#onValue = onValue;
  }

  get batches(): readonly WatchedBatch[] {
    return this.#batches;
  }

  /** Those that hold a slot, as far as the batcher has told. */
  get running(): readonly WatchedBatch[] {
    return this.#batches.filter(({ ended }) => ended === undefined);
  }

  find(id: string): WatchedBatch | undefined {
    return this.#batches.find(({ context, ended }) => context.id === id && ended === undefined);
  }

  start(keys: readonly WatchedKey[], context: BatchContext): WatchedBatch {
    const { proof, limits, clock } = this.#situation;
    const running = this.#batches.filter(({ isOver }) => !isOver).length;
    proof.holds(6, running < limits.concurrency, `${running} calls ran already, of ${limits.concurrency}`);
    proof.holds(7, !context.signal.aborted, "a batch began with its signal aborted");
    const batch: WatchedBatch = {
      keys,
      context,
      startedAt: clock.now(),
      part: keys,
      parts: [],
      credits: CREDITS,
      calls: 1,
      habit: undefined,
      end: undefined,
      isExpected: false,
      hasTimedOut: false,
      abortedAt: Infinity,
      graceMs: Infinity,
      isOver: false,
      failure: undefined,
      ended: undefined,
      endedAt: Infinity,
    };
    for (const watched of keys) {
      watched.state = "running";
      watched.batch = batch;
      for (const caller of watched.callers) caller.isWaiting = false;
    }
    this.#batches.push(batch);
    this.started += 1;
    this.startedKeys += keys.length;
    return batch;
  }

  /** The batch function was called again for a batch that runs: it has to be with the next part. */
  goOn(batch: WatchedBatch, keys: readonly Key[], context: BatchContext): void {
    const { proof } = this.#situation;
    proof.holds(9, batch.isExpected, `a further call of ${batch.context.id} that the rules do not allow`);
    proof.holds(9, context.signal === batch.context.signal, "a further call with a signal of its own");
    const part = batch.parts.shift() ?? [];
    const live = part.filter(
      (watched) => keys.includes(watched.key) || isSurelyWanted(watched, this.#situation),
    );
    const isRight = live.length === keys.length && live.every(({ key }, index) => key === keys[index]);
    proof.holds(9, isRight, `a further call of ${batch.context.id} with ${serials(keys)}, not the next part`);
    for (const watched of live) proof.holds(7, watched.callers.size > 0, "a dead key in a further call");
    for (const watched of part) if (!live.includes(watched)) this.#drop(watched);
    batch.part = live;
    batch.isExpected = false;
    batch.credits -= 1;
    batch.calls += 1;
    proof.saw("extra call");
    if (live.length === 1) proof.saw("culprit alone");
  }

  /** The call that runs gives this answer now. */
  conclude(batch: WatchedBatch, answer: Answer): void {
    batch.end = undefined;
    if (batch.isOver) return;
    if (batch.context.signal.aborted) {
      batch.isOver = true;
      for (const watched of batch.keys) if (watched.state === "running") watched.state = "dropped";
      return;
    }
    if (answer.type === "values") this.#answer(batch, answer.values);
    else this.#fail(batch, answer.failure, answer.mayBeOfOneKey);
  }

  /** What the batcher told of an end. */
  note(ended: BatchEnded): void {
    const { proof, clock, earlyByMs } = this.#situation;
    const batch = this.find(ended.id);
    proof.holds(6, batch !== undefined, `the end of ${ended.id} was told twice, or it never began`);
    if (batch === undefined) return;
    batch.ended = ended;
    batch.endedAt = clock.now();
    this.extraCalls += batch.calls - 1;
    if (ended.outcome === "abandoned") {
      const { abortedAt, graceMs } = batch;
      const isTime = clock.now() >= abortedAt + graceMs - earlyByMs || mayDrainBeOver(this.#situation);
      proof.holds(6, isTime, `${ended.id} was abandoned before abortGraceMs were over`);
      batch.isOver = true;
      this.abandoned += 1;
      proof.saw("call abandoned");
    }
  }

  /** Everything that has to be so at rest. */
  check(): void {
    for (const batch of this.#batches) this.#check(batch);
    this.#batches = this.#batches.filter(({ isOver, end }) => !isOver || end !== undefined);
  }

  #answer(batch: WatchedBatch, values: Extract<Answer, { type: "values" }>["values"]): void {
    const { proof } = this.#situation;
    if (batch.calls > 1) {
      batch.credits += CREDITS_FOR_AN_ANSWER;
      proof.saw("part answered after a failure");
    }
    for (const [index, watched] of batch.part.entries()) {
      const value = values[index];
      if (value === undefined) continue;
      const isError = value instanceof KeyError;
      this.#settle(watched, isError ? { type: "error", error: value } : { type: "value", value });
    }
    this.#next(batch);
  }

  #fail(batch: WatchedBatch, failure: Failure, mayBeOfOneKey: boolean): void {
    const { proof } = this.#situation;
    batch.failure ??= failure;
    for (const watched of batch.part) watched.failure = failure;
    if (failure.type === "wrong shape") proof.saw("result of the wrong shape");
    const isFirst = batch.calls === 1;
    if (!this.#isolatesFailures || !mayBeOfOneKey || batch.hasTimedOut) {
      if (this.#isolatesFailures && batch.part.length > 1) proof.saw("failure not isolated");
      if (!isFirst) proof.saw("isolation given up");
      this.#stop(batch);
      return;
    }
    if (isFirst && batch.part.length > 1) proof.saw("isolation");
    if (batch.part.length > 1) {
      const half = Math.ceil(batch.part.length / 2);
      batch.parts.push(batch.part.slice(0, half), batch.part.slice(half));
    } else {
      for (const watched of batch.part) this.#settle(watched, { type: "failed", failure });
    }
    batch.part = [];
    this.#next(batch);
  }

  #next(batch: WatchedBatch): void {
    batch.part = [];
    for (let [part] = batch.parts; part !== undefined; [part] = batch.parts) {
      if (part.some(({ callers }) => callers.size > 0)) break;
      for (const watched of part) this.#drop(watched);
      batch.parts.shift();
    }
    if (batch.parts.length === 0) {
      batch.isOver = true;
    } else if (batch.credits === 0) {
      this.#situation.proof.saw("budget exhausted");
      this.#stop(batch);
    } else {
      batch.isExpected = true;
    }
  }

  /** No further calls: whoever is left has failed. */
  #stop(batch: WatchedBatch): void {
    for (const watched of [...batch.part, ...batch.parts.flat()]) {
      if (watched.failure !== undefined) this.#settle(watched, { type: "failed", failure: watched.failure });
    }
    batch.parts.length = 0;
    batch.isExpected = false;
    batch.isOver = true;
  }

  #settle(watched: WatchedKey, result: Result): void {
    watched.state = "settled";
    watched.result = result;
    watched.hadCallersAtItsEnd = watched.callers.size > 0;
    this.#onValue(watched, result);
  }

  #drop(watched: WatchedKey): void {
    watched.state = "dropped";
    this.#situation.proof.saw("dead key dropped from a part");
  }

  #check(batch: WatchedBatch): void {
    const { proof, clock } = this.#situation;
    const { id, signal } = batch.context;
    proof.holds(9, !batch.isExpected, `${id} failed, and its next part was not called`);
    proof.holds(
      6,
      batch.isOver === (batch.ended !== undefined),
      `${id}: its end, and when it was told, differ`,
    );
    if (batch.ended !== undefined) {
      checkEnd(batch, batch.ended, this.#situation);
      return;
    }
    const isWanted = batch.keys.some(({ state, callers }) => state === "running" && callers.size > 0);
    proof.holds(
      7,
      signal.aborted === !isWanted,
      `${id}: its signal aborts when, and only when, all have left`,
    );
    const isHung = batch.abortedAt + batch.graceMs <= clock.now();
    proof.holds(6, !isHung, `${id} was not abandoned abortGraceMs after its abort`);
  }
}

function checkEnd(batch: WatchedBatch, ended: BatchEnded, { proof }: Situation): void {
  const { id, signal, partition } = batch.context;
  const waitMs = batch.startedAt - Math.min(...batch.keys.map(({ loadedAt }) => loadedAt));
  proof.holds(4, ended.waitMs === waitMs, `${id} waited ${waitMs} ms, but ${ended.waitMs} are told of`);
  const runMs = batch.endedAt - batch.startedAt;
  proof.holds(4, ended.runMs === runMs, `${id} ran ${runMs} ms, but ${ended.runMs} are told of`);
  const isIts = ended.size === batch.keys.length && ended.partition === partition;
  proof.holds(3, isIts, `${id}: its size or its partition is not what is told`);
  if (ended.outcome === "abandoned") return;
  const isAborted = signal.aborted;
  const outcome = isAborted ? "aborted" : batch.failure === undefined ? "answered" : "failed";
  // Whether a batch whose last callers left between two of its parts was aborted, the rules leave open.
  const isRight = ended.outcome === outcome || (isAborted && batch.failure !== undefined);
  proof.holds(9, isRight, `${id} ended as ${ended.outcome}, but was ${outcome}`);
  proof.holds(9, ended.calls === batch.calls, `${id}: ${ended.calls} calls told of, ${batch.calls} made`);
  const failed = batch.keys.filter(
    (watched) => watched.result?.type === "failed" && watched.hadCallersAtItsEnd,
  );
  proof.holds(
    9,
    ended.failedKeys === failed.length,
    `${id}: ${ended.failedKeys} failed keys told of, but ${failed.length} failed`,
  );
  const errors = batch.keys.flatMap(({ result }) => (result?.type === "error" ? [result.error] : []));
  const areRight =
    ended.keyErrors.length === errors.length &&
    errors.every((error, index) => error === ended.keyErrors[index]);
  proof.holds(9, areRight || outcome !== "answered", `${id}: its keys' errors are not those that were given`);
  if (ended.outcome === "failed" && batch.failure !== undefined) {
    proof.holds(9, isOf(ended.error, batch.failure), `${id}: its error is not that of its first call`);
  }
}

/** Whether an error is what a failed call is told as. */
export function isOf(error: unknown, failure: Failure): boolean {
  if (failure.type === "wrong shape") return error instanceof TypeError;
  if (failure.thrown instanceof Error) return error === failure.thrown;
  return error instanceof Error && error.cause === failure.thrown;
}

function serials(keys: readonly Key[]): string {
  return `[${keys.map(({ serial }) => serial).join(" ")}]`;
}
