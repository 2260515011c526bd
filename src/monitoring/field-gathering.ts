// What happens in one batched field while somebody looks.

import type { BatchEnded, BatchStarted, LoadEnded } from "../batching/events.ts";
import type { BatcherStats, Totals } from "../batching/stats.ts";
import type { FieldNow, FieldSecond, Times } from "./frames.ts";
import type { ShownField } from "./monitored-field.ts";
import { RecentTimes } from "./times.ts";

/** A field may run a thousand batches at once; nobody can look at them. */
const MOST_RUNNING_SHOWN = 24;

const NO_TIMES: Times = { wait: null, run: null, answer: null };

interface FieldTimes {
  readonly wait: RecentTimes;
  readonly run: RecentTimes;
  readonly answer: RecentTimes;
}

/**
 * Counts are taken from the batcher's own totals, so that no event that is missed can make them wrong; what totals do
 * not tell, sizes and times, comes from its events.
 */
export class FieldGathering {
  readonly #batcher: ShownField["batcher"];
  #totalsBefore: Readonly<Totals>;
  readonly #sizes = new Map<number, number>();
  /** Made with the first batch: most fields of a large schema may be idle. */
  #times: FieldTimes | undefined;
  #timesOfMinute = NO_TIMES;

  constructor({ batcher }: ShownField) {
    this.#batcher = batcher;
    this.#totalsBefore = batcher.stats().totals;
    batcher.events.on("batchStart", this.#onStart);
    batcher.events.on("batchEnd", this.#onEnd);
    batcher.events.on("loadEnd", this.#onLoad);
  }

  stop(): void {
    this.#batcher.events.off("batchStart", this.#onStart);
    this.#batcher.events.off("batchEnd", this.#onEnd);
    this.#batcher.events.off("loadEnd", this.#onLoad);
  }

  now(): FieldNow {
    const { filling = null, running } = this.#batcher.snapshot();
    const { limits, passesOn } = this.#batcher;
    const stats: BatcherStats = this.#batcher.stats();
    return {
      ...stats,
      passesOn,
      limits: {
        ...limits,
        maxBatchWeight: Number.isFinite(limits.maxBatchWeight) ? limits.maxBatchWeight : null,
      },
      filling: filling && { ...filling, dueInMs: rounded(filling.dueInMs) },
      running: running
        .slice(0, MOST_RUNNING_SHOWN)
        .map((batch) => ({ ...batch, runMs: rounded(batch.runMs) })),
      times: this.#timesOfMinute,
    };
  }

  /** Ends a second; undefined where nothing happened in it. */
  endSecond(): FieldSecond | undefined {
    const times = this.#endTimes();
    const before = this.#totalsBefore;
    const { totals } = this.#batcher.stats();
    this.#totalsBefore = totals;
    const sizes = [...this.#sizes];
    this.#sizes.clear();
    const batches = totals.batches - before.batches;
    const extraCalls = totals.extraCalls - before.extraCalls;
    const isTimed = times.wait !== null || times.run !== null || times.answer !== null;
    if (batches === 0 && extraCalls === 0 && !isTimed) return undefined;
    return {
      keys: totals.batchedKeys - before.batchedKeys,
      batches,
      calls: batches + extraCalls,
      reasons: grown(before.batchesByReason, totals.batchesByReason),
      sizes,
      times,
    };
  }

  #endTimes(): Times {
    if (this.#times === undefined) return NO_TIMES;
    const { wait, run, answer } = this.#times;
    const ended = { wait: wait.endSecond(), run: run.endSecond(), answer: answer.endSecond() };
    this.#timesOfMinute = { wait: wait.ofMinute(), run: run.ofMinute(), answer: answer.ofMinute() };
    return ended;
  }

  get #recorded(): FieldTimes {
    this.#times ??= { wait: new RecentTimes(), run: new RecentTimes(), answer: new RecentTimes() };
    return this.#times;
  }

  readonly #onStart = ({ size, waitMs }: BatchStarted): void => {
    this.#sizes.set(size, (this.#sizes.get(size) ?? 0) + 1);
    this.#recorded.wait.record(waitMs);
  };

  readonly #onEnd = ({ calls, runMs }: BatchEnded): void => {
    // Without a call, everyone left as it started.
    if (calls > 0) this.#recorded.run.record(runMs);
  };

  readonly #onLoad = ({ outcome, durationMs }: LoadEnded): void => {
    // Those from the cache take no time, and many of them would make a slow field look fast.
    if (outcome === "answered" && durationMs > 0) this.#recorded.answer.record(durationMs);
  };
}

/** By how much each count has grown; without those that have not. */
function grown<Name extends string>(
  before: Readonly<Record<Name, number>>,
  after: Readonly<Record<Name, number>>,
): { [Each in Name]?: number } {
  const growth: { [Each in Name]?: number } = {};
  for (const name in after) if (after[name] > before[name]) growth[name] = after[name] - before[name];
  return growth;
}

/** To a tenth of a millisecond: the rest is noise, and longer. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
