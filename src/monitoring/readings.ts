// Metrics that batchers count anyway: what is read of them at each scrape. They cost a key nothing.

import type { BatcherStats, Limits, ReleaseReason } from "../batching/index.ts";
import { CALLER_OUTCOMES } from "../batching/stats.ts";

/** A counter or a gauge, with a series for each field. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  /** Where a field has a series for each value of another label: that label. */
  readonly label?: "outcome" | "reason";
  /** The number, or one for each value of the label; undefined for no series. */
  readonly read: (
    stats: BatcherStats,
    limits: Limits,
  ) => number | Readonly<Record<string, number>> | undefined;
}

export const COUNTERS: readonly Reading[] = [
  {
    name: "jitney_keys_total",
    help: "Keys that were asked for and are settled, by outcome; an equal key that was shared counts for each caller.",
    label: "outcome",
    read: ({ totals }) => byOutcome(totals),
  },
  {
    name: "jitney_batches_total",
    help: "Batches that have left, by release reason.",
    label: "reason",
    read: ({ totals }): Readonly<Record<ReleaseReason, number>> => totals.batchesByReason,
  },
  {
    name: "jitney_shared_keys_total",
    help: "Keys that were not computed for themselves: an equal one waited or ran already.",
    read: ({ totals }) => totals.shared,
  },
  {
    name: "jitney_cache_hits_total",
    help: "Keys that were answered from the cache.",
    read: ({ totals }) => totals.cacheHits,
  },
  {
    name: "jitney_isolation_retries_total",
    help: "Calls of the batch function beside one for each batch: parts of failed batches, computed again.",
    read: ({ totals }) => totals.extraCalls,
  },
];

export const GAUGES: readonly Reading[] = [
  {
    name: "jitney_waiting_keys",
    help: "Keys in no batch yet.",
    read: ({ waitingKeys }) => waitingKeys,
  },
  {
    name: "jitney_waiting_callers",
    help: "Callers whose key has not started, and those who joined one that runs: what jitney_max_queue_size bounds.",
    read: ({ waitingCallers }) => waitingCallers,
  },
  {
    name: "jitney_pending_callers",
    help: "Callers without an answer, of waiting and of running keys.",
    read: ({ pendingCallers }) => pendingCallers,
  },
  {
    name: "jitney_running_batches",
    help: "Batches that run: what jitney_concurrency bounds.",
    read: ({ runningBatches }) => runningBatches,
  },
  {
    name: "jitney_partitions",
    help: "Partitions with keys that wait or run, and the nameless one once it has been used; each has batches of its own.",
    read: ({ partitions }) => partitions,
  },
  {
    name: "jitney_max_batch_size",
    help: "Keys with which a batch leaves at once.",
    read: (_stats, { maxBatchSize }) => maxBatchSize,
  },
  {
    name: "jitney_max_batch_weight",
    help: "Weight with which a batch leaves at once; no series where there is no limit.",
    read: (_stats, { maxBatchWeight }) => (maxBatchWeight === Infinity ? undefined : maxBatchWeight),
  },
  {
    name: "jitney_max_delay_seconds",
    help: "Time after which a batch leaves, from the load of its oldest key.",
    read: (_stats, { maxDelayMs }) => maxDelayMs / 1_000,
  },
  {
    name: "jitney_concurrency",
    help: "Batches that may run at once.",
    read: (_stats, { concurrency }) => concurrency,
  },
  {
    name: "jitney_max_queue_size",
    help: "Callers that may wait; one more is refused at once.",
    read: (_stats, { maxQueueSize }) => maxQueueSize,
  },
  {
    name: "jitney_timeout_seconds",
    help: "Time that a caller waits at most, queue and run together.",
    read: (_stats, { timeoutMs }) => timeoutMs / 1_000,
  },
];

function byOutcome(totals: BatcherStats["totals"]): Readonly<Record<string, number>> {
  return Object.fromEntries(CALLER_OUTCOMES.map((outcome) => [snakeCase(outcome), totals[outcome]]));
}

/** `timed_out` for `timedOut`: so Prometheus writes names. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
