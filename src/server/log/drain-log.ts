// The two entries of a server that ends: whom it waits for, and what became of them.

import type { BatchedField } from "../../graphql/index.ts";
import type { Logger } from "./logger.ts";

/** Writes that it begins. The function that it gives writes that it is over, and how many requests were answered. */
export function logDrain(
  logger: Logger,
  fields: readonly BatchedField[],
  reason: string | undefined,
  inFlight: number,
): (answered: number) => void {
  const startMs = performance.now();
  const givenUpBefore = givenUpOf(fields);
  const why = reason === undefined ? "" : ` on ${reason}`;
  logger.info({ reason, inFlight }, `Draining${why}: ${count(inFlight, "request")} in flight`);
  return (answered) => {
    const ms = Math.round(performance.now() - startMs);
    const givenUp = givenUpOf(fields) - givenUpBefore;
    const rest = givenUp === 0 ? "" : `, ${count(givenUp, "caller")} given up`;
    const message = `Drained in ${ms} ms: ${count(answered, "request")} answered${rest}`;
    logger.info({ ms, answered, givenUp }, message);
  };
}

/** How many callers of batched fields have been given up, ever. */
function givenUpOf(fields: readonly BatchedField[]): number {
  return fields.reduce((sum, { batcher }) => sum + batcher.stats().totals.shutOut, 0);
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
