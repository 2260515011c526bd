// What /metrics measures, and what the page /batches shows.

import type { Batcher } from "../batching/batcher.ts";

/** A batched field of `bindBatchedFields`, or a batcher of your own with the name that it is to have. */
export interface MeasuredField {
  /** What the page, and the label `field` of metrics, call it: `Query.upper`. */
  readonly coordinate: string;
  readonly batcher: Pick<Batcher<unknown, unknown>, "events" | "limits" | "stats">;
}

/** The same, for the page: it shows what waits and runs, too. */
export interface ShownField extends MeasuredField {
  readonly batcher: Pick<Batcher<unknown, unknown>, "events" | "limits" | "passesOn" | "snapshot" | "stats">;
}

/** @throws Error for a name that two of them have: their numbers would be taken for those of one. */
export function checkNames(fields: readonly MeasuredField[]): void {
  const seen = new Set<string>();
  for (const { coordinate } of fields) {
    if (seen.has(coordinate))
      throw new Error(`two fields are called ${coordinate}: give each a name of its own`);
    seen.add(coordinate);
  }
}
