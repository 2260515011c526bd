// What a batcher tells those who watch it, against the model's own account: who waits for which batch, how every load has
// ended, and what waits and runs.

import type {
  Batcher,
  BatchStarted,
  BatchWatch,
  CallerOutcome,
  LoadEnded,
  WatchBatch,
} from "../../src/batching/index.ts";
import { CALLER_OUTCOMES } from "../../src/batching/stats.ts";
import type { WatchedCallers } from "./watched-callers.ts";
import type { WatchedCalls } from "./watched-calls.ts";
import type { Key, Situation, Value, WatchedBatch } from "./watched-keys.ts";
import { dueAtOf } from "./watched-keys.ts";
import type { WatchedQueue } from "./watched-queue.ts";

/** What was told of one batch. */
interface Told {
  readonly batch: BatchStarted;
  /** The serials of its callers, each with how long it had waited. */
  readonly waits: Map<number, number>;
  calls: number;
  hasEnded: boolean;
}

export class WatchedTelling {
  readonly #situation: Situation;
  readonly #verify: (check: () => void) => void;
  readonly #told = new Map<string, Told>();
  readonly #ends = new Map<CallerOutcome, number>();

  constructor(situation: Situation, verify: (check: () => void) => void) {
    this.#situation = situation;
    this.#verify = verify;
  }

  /** What the batcher is made with; a load's `origin` is its serial. */
  readonly watchBatch: WatchBatch = (batch, callers) => {
    const { proof } = this.#situation;
    const told: Told = { batch, waits: new Map(), calls: 0, hasEnded: false };
    this.#verify(() => {
      proof.holds(12, !this.#told.has(batch.id), `batch ${batch.id} was told of twice`);
      for (const { origin, waitMs } of callers) told.waits.set(origin as number, waitMs);
      proof.holds(12, told.waits.size === callers.length, `batch ${batch.id}: a caller was told of twice`);
    });
    this.#told.set(batch.id, told);
    return this.#watchOf(told);
  };

  #watchOf(told: Told): BatchWatch {
    const { proof } = this.#situation;
    const { id } = told.batch;
    return {
      run: (call) => {
        told.calls += 1;
        return call();
      },
      join: ({ origin, waitMs }) =>
        this.#verify(() => {
          const isNew = !told.waits.has(origin as number) && !told.hasEnded;
          proof.holds(12, isNew && waitMs === 0, `batch ${id}: load ${origin} joined it after ${waitMs} ms`);
          told.waits.set(origin as number, waitMs);
        }),
      end: ({ calls }) =>
        this.#verify(() => {
          proof.holds(12, !told.hasEnded, `batch ${id} has ended twice`);
          proof.holds(
            12,
            calls === told.calls,
            `batch ${id}: ${calls} calls, but ${told.calls} were watched`,
          );
          told.hasEnded = true;
        }),
    };
  }

  /** As the batch function is called for the first time: everyone who waits for the batch has been told of. */
  checkStart({ keys, context, startedAt }: WatchedBatch): void {
    const { proof } = this.#situation;
    const waits = this.#told.get(context.id)?.waits;
    const callers = keys.flatMap((key) => [...key.callers]);
    proof.holds(
      12,
      waits?.size === callers.length,
      `batch ${context.id}: ${waits?.size} callers were told of`,
    );
    for (const { serial, loadedAt } of callers) {
      const waitMs = waits?.get(serial);
      proof.holds(
        12,
        waitMs === startedAt - loadedAt,
        `batch ${context.id}: load ${serial} waited ${waitMs} ms`,
      );
    }
  }

  /** A load has joined a key that runs. */
  checkJoin(serial: number, { context }: WatchedBatch): void {
    const isTold = this.#told.get(context.id)?.waits.has(serial);
    this.#situation.proof.holds(
      12,
      isTold === true,
      `batch ${context.id}: nobody was told of load ${serial}`,
    );
  }

  readonly onLoadEnd = ({ outcome, durationMs }: LoadEnded): void => {
    this.#ends.set(outcome, (this.#ends.get(outcome) ?? 0) + 1);
    this.#verify(() => this.#situation.proof.holds(12, durationMs >= 0, `a load took ${durationMs} ms`));
  };

  /** At rest. */
  check(
    batcher: Batcher<Key, Value>,
    { callers, queue, calls }: { callers: WatchedCallers; queue: WatchedQueue; calls: WatchedCalls },
  ): void {
    const { proof } = this.#situation;
    for (const outcome of CALLER_OUTCOMES) {
      // The model counts those from the cache apart: below.
      if (outcome === "answered") continue;
      const isRight = (this.#ends.get(outcome) ?? 0) === (callers.totals.get(outcome) ?? 0);
      proof.holds(12, isRight, `${this.#ends.get(outcome)} loads were told to have ended as ${outcome}`);
    }
    const answered = (callers.totals.get("answered") ?? 0) + (callers.totals.get("hit") ?? 0);
    const told = this.#ends.get("answered") ?? 0;
    proof.holds(12, told === answered, `${told} loads were told to have been answered`);
    this.#checkSnapshot(batcher, queue, calls);
  }

  #checkSnapshot(batcher: Batcher<Key, Value>, queue: WatchedQueue, calls: WatchedCalls): void {
    const { proof, clock } = this.#situation;
    const { filling, running } = batcher.snapshot();
    const shown = running.map(({ id, size, runMs }) => `${id} ${size} ${runMs}`).join();
    const expected = calls.running
      .map(({ context, keys, startedAt }) => `${context.id} ${keys.length} ${clock.now() - startedAt}`)
      .join();
    proof.holds(12, shown === expected, `running: ${shown}, but ${expected} by this account`);
    const waiting = [...queue.partitions]
      .map((partition) => queue.of(partition))
      .filter((keys) => keys.length > 0);
    proof.holds(
      12,
      (filling === undefined) === (waiting.length === 0),
      "filling where nothing waits, or not",
    );
    if (filling === undefined) return;
    const isOne = waiting.some(
      (keys) => keys.length === filling.keys && sumOf(keys.map(({ key }) => key.weight)) === filling.weight,
    );
    proof.holds(12, isOne, `filling: ${filling.keys} keys of ${filling.weight}: no partition has those`);
    const dueIn = waiting.map((keys) => {
      if (queue.isReady(keys)) return 0;
      const dues = keys.flatMap((key) => [...key.callers].map((caller) => dueAtOf(caller, this.#situation)));
      return Math.min(...dues) - clock.now();
    });
    const expectedMs = Math.max(0, Math.min(...dueIn));
    proof.holds(
      12,
      filling.dueInMs === expectedMs,
      `filling: due in ${filling.dueInMs} ms, and not ${expectedMs}`,
    );
    const isCounted = filling.partitions === waiting.length;
    proof.holds(12, isCounted, `${filling.partitions} partitions wait, and not ${waiting.length}`);
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
