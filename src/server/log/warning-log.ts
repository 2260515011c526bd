// Warnings of the process: of limits that do not fit together, and of what went wrong where nobody could be told.

import { cleanLogger } from "./clean-log.ts";
import type { Logger } from "./logger.ts";

/** What a listener has thrown comes as a warning too: then where it comes from is of use. */
export function logWarning(logger: Logger, warning: Error): void {
  const isError = !warning.name.endsWith("Warning");
  cleanLogger(logger).warn(isError ? { err: warning } : {}, `${warning.name}: ${warning.message}`);
}
