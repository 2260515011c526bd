// Metrics of single batches and keys, recorded as events tell of them: how many, and how long.

import type { Counter, Histogram, Registry } from "prom-client";
import { BATCH_OUTCOMES } from "../batching/events.ts";
import type { BatchEnded, BatchStarted, CallerOutcome, LoadEnded } from "../batching/index.ts";
import type { MeasuredField } from "./monitored-field.ts";
import type { PromClient } from "./prom-client.ts";

/**
 * Powers of two, as limits mostly are, to well above the default of 32. Not up to the limits that hold: those may change,
 * and differ between servers whose histograms are added up.
 */
const SIZE_BUCKETS = Array.from({ length: 11 }, (_, power) => 2 ** power);

/**
 * From 0.1 ms to 52 s, each twice the one before: no quantile is off by more than a factor of two, with 20 buckets. Delays
 * are mostly round numbers of milliseconds, and what waits for one waits a little longer: with round buckets (10, 25) all of
 * them would be in the one above, and their quantiles too high.
 */
const TIME_BUCKETS = Array.from({ length: 20 }, (_, power) => 2 ** power / 10_000);

/** Not those who are turned away: they wait for nothing, and many of them would make a slow server look fast. */
const TIMED_OUTCOMES: ReadonlySet<CallerOutcome> = new Set(["answered", "failed", "timedOut", "left"]);

interface Recordings {
  readonly sizes: Histogram<"field">;
  readonly waits: Histogram<"field">;
  readonly runs: Histogram<"field">;
  readonly durations: Histogram<"field">;
  readonly outcomes: Counter<"field" | "outcome">;
}

/** Puts the metrics into the registries, and listens to the fields until the function that it gives is called. */
export function recordEvents(
  prom: PromClient,
  registers: Registry[],
  fields: readonly MeasuredField[],
): () => void {
  const recordings = createRecordings(prom, registers);
  const stops = fields.map((field) => {
    showFromTheStart(field, recordings);
    return listen(field, recordings);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function createRecordings({ Counter, Histogram }: PromClient, registers: Registry[]): Recordings {
  const histogram = (name: string, help: string, buckets: number[]): Histogram<"field"> =>
    new Histogram({ name, help, buckets, labelNames: ["field"], registers });
  return {
    sizes: histogram("jitney_batch_size", "Keys in a batch, when it starts.", SIZE_BUCKETS),
    waits: histogram(
      "jitney_batch_wait_seconds",
      "How long the oldest key of a batch had waited when it started.",
      TIME_BUCKETS,
    ),
    runs: histogram(
      "jitney_batch_run_seconds",
      "How long a batch ran, all its calls of the batch function together.",
      TIME_BUCKETS,
    ),
    durations: histogram(
      "jitney_key_duration_seconds",
      "How long a caller waited for a key in all: one that was answered, failed, timed out or left. Without answers " +
        "from the cache, and without those who were turned away.",
      TIME_BUCKETS,
    ),
    outcomes: new Counter({
      name: "jitney_batch_outcomes_total",
      help: "Batches that have ended, by how their call of the batch function ended.",
      labelNames: ["field", "outcome"],
      registers,
    }),
  };
}

/** A series that begins with its first event has no rate of it. */
function showFromTheStart({ coordinate: field }: MeasuredField, recordings: Recordings): void {
  const { sizes, waits, runs, durations, outcomes } = recordings;
  for (const histogram of [sizes, waits, runs, durations]) histogram.zero({ field });
  for (const outcome of BATCH_OUTCOMES) outcomes.inc({ field, outcome }, 0);
}

function listen({ coordinate, batcher }: MeasuredField, recordings: Recordings): () => void {
  const size = recordings.sizes.labels(coordinate);
  const wait = recordings.waits.labels(coordinate);
  const run = recordings.runs.labels(coordinate);
  const duration = recordings.durations.labels(coordinate);
  const onBatchStart = (batch: BatchStarted): void => {
    size.observe(batch.size);
    wait.observe(batch.waitMs / 1_000);
  };
  const onBatchEnd = ({ outcome, calls, runMs }: BatchEnded): void => {
    recordings.outcomes.inc({ field: coordinate, outcome });
    // Without a call, everyone left as it started.
    if (calls > 0) run.observe(runMs / 1_000);
  };
  const onLoadEnd = ({ outcome, durationMs }: LoadEnded): void => {
    // 0 is from the cache, or turned away.
    if (durationMs > 0 && TIMED_OUTCOMES.has(outcome)) duration.observe(durationMs / 1_000);
  };
  const { events } = batcher;
  events.on("batchStart", onBatchStart).on("batchEnd", onBatchEnd).on("loadEnd", onLoadEnd);
  return () => {
    events.off("batchStart", onBatchStart).off("batchEnd", onBatchEnd).off("loadEnd", onLoadEnd);
  };
}
