// The heart's public face.

export type { BatchContext, BatchFunction, KeyResult } from "./batch-function.ts";
export { type Batcher, createBatcher } from "./batcher.ts";
export type { Clock } from "./clock.ts";
export { BatchError, type BatchErrorCode, OptionError } from "./errors.ts";
export type { BatchEnded, BatcherEvents, BatchOutcome, BatchStarted, LoadEnded } from "./events.ts";
export { canonicalKeyId } from "./key-id.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { BatcherOptions, CacheOptions, DrainOptions, LoadOptions } from "./options.ts";
export type { ReleaseReason } from "./scheduler.ts";
export type {
  BatcherSnapshot,
  BatcherState,
  BatcherStats,
  CallerOutcome,
  FillingBatch,
  RunningBatch,
} from "./stats.ts";
export type { BatchCaller, BatchWatch, WatchBatch } from "./watch.ts";
