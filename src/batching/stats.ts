// What a batcher counts.

import type { ReleaseReason } from "./scheduler.ts";

/** Whether keys are taken. `open`: they are; `draining`: they are, with no delay; `closed`: none is. */
export type BatcherState = "open" | "draining" | "closed";

/** What a batcher does now, and has done so far. */
export interface BatcherStats {
  readonly state: BatcherState;
  /** Keys in no batch yet. */
  readonly waitingKeys: number;
  /** Callers that count for `maxQueueSize`. */
  readonly waitingCallers: number;
  /** Callers without an answer: those of waiting and of running keys. */
  readonly pendingCallers: number;
  readonly runningBatches: number;
  /** Partitions with keys that wait or run, and the nameless one once it has been used. */
  readonly partitions: number;
  /** Since the start. `loads` = all outcomes of callers (`answered` to `rejected`) + `pendingCallers`. */
  readonly totals: Readonly<Totals>;
}

/** What waits and runs in one moment. */
export interface BatcherSnapshot {
  /** The batch that leaves next, of all partitions; undefined while nothing waits. */
  readonly filling: FillingBatch | undefined;
  /** Those that run, in the order in which they started. */
  readonly running: readonly RunningBatch[];
}

export interface FillingBatch {
  /** Keys that wait in its partition: more than `maxBatchSize` where they wait for a slot. */
  readonly keys: number;
  /** What they weigh together. */
  readonly weight: number;
  /** Milliseconds until it is due; 0 where it waits for a slot. */
  readonly dueInMs: number;
  /** How many partitions have keys that wait: each fills a batch of its own. */
  readonly partitions: number;
}

export interface RunningBatch {
  readonly id: string;
  /** How many keys it holds. */
  readonly size: number;
  readonly reason: ReleaseReason;
  /** For how long it has been running, in milliseconds. */
  readonly runMs: number;
}

export interface Totals {
  loads: number;
  /** Loads that joined an equal key. */
  shared: number;
  /** Callers that got a value. */
  answered: number;
  /** Callers that got their key's own Error, or `BATCH_FAILED`. */
  failed: number;
  /** Callers whose time was up. */
  timedOut: number;
  /** Callers whose signal aborted. */
  left: number;
  /** Callers refused, or pushed out of the queue, with `BATCH_QUEUE_FULL`. */
  refused: number;
  /** Callers refused or given up with `BATCH_SHUTTING_DOWN`. */
  shutOut: number;
  /** Callers refused with `BATCH_KEY_TOO_HEAVY`. */
  tooHeavy: number;
  /** Loads with options, or with an answer of `keyId` or `weigh`, that cannot be used. */
  rejected: number;
  /** Of those answered: from the cache. */
  cacheHits: number;
  /** Batches that have left, in all and by reason. */
  batches: number;
  readonly batchesByReason: Record<ReleaseReason, number>;
  /** Keys of the batches that have left. */
  batchedKeys: number;
  /** Calls that were made to isolate failures, beside one for each batch. */
  extraCalls: number;
  /** Batches that were given up: they went on for `abortGraceMs` after their abort, or until the end of a drain. */
  abandoned: number;
}

/** How callers end: the names of their totals. */
export const CALLER_OUTCOMES = [
  "answered",
  "failed",
  "timedOut",
  "left",
  "refused",
  "shutOut",
  "tooHeavy",
  "rejected",
] as const;

export type CallerOutcome = (typeof CALLER_OUTCOMES)[number];

export function newTotals(): Totals {
  return {
    loads: 0,
    shared: 0,
    answered: 0,
    failed: 0,
    timedOut: 0,
    left: 0,
    refused: 0,
    shutOut: 0,
    tooHeavy: 0,
    rejected: 0,
    cacheHits: 0,
    batches: 0,
    batchesByReason: { size: 0, weight: 0, delay: 0, urgent: 0, drain: 0 },
    batchedKeys: 0,
    extraCalls: 0,
    abandoned: 0,
  };
}
