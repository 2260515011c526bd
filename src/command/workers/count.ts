// How many processes serve together.

import { availableParallelism } from "node:os";
import { OptionError } from "../../batching/errors.ts";

/** One for each core that this process may use. */
export const AUTO = "auto";

/** More than any machine has cores: a slip of the hand shall not fill its memory. */
const MOST = 1_024;

/**
 * @param name what the message shall begin with.
 * @throws OptionError
 */
export function checkWorkers(name: string, given: unknown): number {
  if (given === AUTO) return Math.min(availableParallelism(), MOST);
  if (typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= MOST) return given;
  throw new OptionError(name, `a whole number from 1 to ${MOST.toLocaleString("en")}, or ${AUTO}`, given);
}
