// Writes to the log why batches failed; once per batch, whoever it hit.

import { inspect } from "node:util";
import { isGraphQLError } from "../graphql/errors.ts";
import type { BatchedField } from "../graphql/index.ts";

/** Writes one entry to the server's log; default: a line to standard error. */
export type Log = (entry: string) => void;

export function logFailures(fields: readonly BatchedField[], log: Log): void {
  for (const { coordinate, batcher } of fields) {
    batcher.events.on("batchEnd", ({ id, size, outcome, error, keyErrors, failedKeys, calls }) => {
      // A GraphQLError is an answer that the batch function means to give: no failure.
      const failures = keyErrors.filter((keyError) => !isGraphQLError(keyError));
      const [keyError] = failures;
      if (error !== undefined) {
        const isolated = calls > 1 ? ` (${failedKeys} of its keys for good, in ${calls} calls)` : "";
        log(`${coordinate}: batch ${id} of ${size} failed${isolated}: ${inspect(error)}`);
      } else if (keyError !== undefined) {
        log(
          `${coordinate}: batch ${id}: ${failures.length} of ${size} keys failed, the first with: ${inspect(keyError)}`,
        );
      } else if (outcome === "abandoned") {
        log(
          `${coordinate}: batch ${id} of ${size} did not stop when it was told to: its slot was taken from it`,
        );
      }
    });
  }
}
