// Writes to the log why batches failed; once per batch, whoever it hit.

import { type BatchEnded, BatchError } from "../../batching/index.ts";
import { isGraphQLError } from "../../graphql/errors.ts";
import type { BatchedField } from "../../graphql/index.ts";
import type { Logger } from "./logger.ts";

/** Until the function is called that it gives: batchers outlive a server. */
export function logFailures(fields: readonly BatchedField[], logger: Logger): () => void {
  const stops = fields.map(({ coordinate, batcher }) => {
    const onEnd = ({ id, size, outcome, error, keyErrors, failedKeys, calls }: BatchEnded): void => {
      const failures = keyErrors.filter(isFailure);
      const entry = { field: coordinate, batch: id, size, outcome, calls };
      const batch = `${coordinate}: batch ${id} of ${size}`;
      if (error !== undefined) {
        const isolated = calls > 1 ? ` (${failedKeys} of its keys for good, in ${calls} calls)` : "";
        logger.error({ ...entry, failedKeys, err: error }, `${batch} failed${isolated}`);
      } else if (failures.length > 0) {
        const keys = failures.length === 1 ? "one key" : `${failures.length} keys, the first as follows`;
        logger.error(
          { ...entry, failedKeys: failures.length, err: failures[0] },
          `${batch} failed for ${keys}`,
        );
      } else if (outcome === "abandoned") {
        const message = `${batch} did not stop when it was told to: its slot was taken from it`;
        logger.warn({ ...entry, failedKeys }, message);
      }
    };
    batcher.events.on("batchEnd", onEnd);
    return () => void batcher.events.off("batchEnd", onEnd);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * A GraphQLError is an answer that the batch function means to give. Where keys are passed on, those who have them may say
 * that there is no room, or no time: as here, where a caller's time that is up is no failure of a batch.
 */
function isFailure(error: Error): boolean {
  return !isGraphQLError(error) && !(error instanceof BatchError && error.code !== "BATCH_FAILED");
}
