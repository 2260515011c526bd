// What the page /batches is told, as JSON in server-sent events. No key, no value and no name of a partition is in it.

import type { Limits } from "../batching/limits.ts";
import type { ReleaseReason } from "../batching/scheduler.ts";
import type { BatcherStats, FillingBatch, RunningBatch } from "../batching/stats.ts";

/** Event `hello`: the first of each connection. */
export interface Hello {
  /** Seconds of one gathering are numbered from 1; after a pause in which nobody looked, or a restart, there is another. */
  readonly gathering: string;
  /** `Query.upper`; the other events name a field by its place in here. */
  readonly fields: readonly string[];
  /** Where GraphiQL is, seen from the page; null where there is none. */
  readonly graphiql: string | null;
  /** Of several processes that serve together, the one whose batches these are; null where there is one. */
  readonly worker: WorkerPlace | null;
}

/** Which of several processes that serve together. */
export interface WorkerPlace {
  /** From 1 to `count`. */
  readonly number: number;
  readonly count: number;
}

/**
 * What has happened in about one second. Event `seconds` has an array of them: those that this viewer has not had yet.
 * The id of the event is `gathering:seq` of the last.
 */
export interface Second {
  readonly seq: number;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** How long it really was: timers are late on a busy event loop. */
  readonly ms: number;
  /** Only those in which something happened. */
  readonly fields: { readonly [index: string]: FieldSecond };
}

/** Changes of the field's totals in a second, and what they hide. */
export interface FieldSecond {
  /** Keys of the batches that have left. */
  readonly keys: number;
  readonly batches: number;
  /** Calls of the batch function for those batches, and what isolating failures took beside. */
  readonly calls: number;
  /** How many batches left for each reason; only those that some left for. */
  readonly reasons: { readonly [Reason in ReleaseReason]?: number };
  /** How many batches left with how many keys: pairs of size and count. */
  readonly sizes: readonly (readonly [size: number, count: number])[];
  readonly times: Times;
}

/** The median and the 99th percentile, in milliseconds; null where nothing was measured. */
export type Percentiles = readonly [p50: number, p99: number] | null;

export interface Times {
  /** How long the oldest key of each batch had waited when it left. */
  readonly wait: Percentiles;
  /** How long the calls took that ended. */
  readonly run: Percentiles;
  /** From load to value, of every caller that got one. */
  readonly answer: Percentiles;
}

/** Event `now`: four times a second. */
export interface Now {
  /** Only those that have changed since the `now` before on this connection. */
  readonly fields: { readonly [index: string]: FieldNow };
}

export interface FieldNow extends BatcherStats {
  /** Whether workers elsewhere form its batches: what is one here is a message to them. */
  readonly passesOn: boolean;
  /** JSON has no Infinity: where there is no bound of weights, it is null. */
  readonly limits: Omit<Limits, "maxBatchWeight"> & { readonly maxBatchWeight: number | null };
  readonly filling: FillingBatch | null;
  /** The oldest, as many as fit on a page. */
  readonly running: readonly RunningBatch[];
  /** Of the last minute. */
  readonly times: Times;
}

/** Event `end`: the server goes down. */
export interface End {
  readonly reason: "draining";
}
