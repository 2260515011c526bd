// Warnings of the process: of limits that do not fit together, and of what went wrong where nobody could be told.

import { cleanLogger } from "./clean-log.ts";
import { loggedError } from "./logged-error.ts";
import type { Logger } from "./logger.ts";

const NAME_CHARACTERS = 100;

/** What a listener has thrown comes as a warning too: then where it comes from is of use. */
export function logWarning(logger: Logger, warning: Error): void {
  const { type, message } = loggedError(warning);
  const name = nameOf(warning) ?? type;
  const isError = !name.endsWith("Warning");
  cleanLogger(logger).warn(isError ? { err: warning } : {}, `${name}: ${message}`);
}

/** A user's may be no text, or throw. */
function nameOf(warning: Error): string | undefined {
  try {
    return typeof warning.name === "string" ? warning.name.slice(0, NAME_CHARACTERS) : undefined;
  } catch {
    return undefined;
  }
}
