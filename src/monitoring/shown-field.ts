// What the page /batches shows.

import type { Batcher } from "../batching/batcher.ts";

/** A batched field of `bindBatchedFields`, or a batcher of your own with the name that it is to have. */
export interface ShownField {
  /** `Query.upper` */
  readonly coordinate: string;
  readonly batcher: Pick<Batcher<unknown, unknown>, "events" | "limits" | "snapshot" | "stats">;
}
