// Calls what is the user's and that nobody's answer may depend on: listeners, and who watches batches.

import { inspect } from "node:util";
import { isThenable } from "./thenable.ts";

/** What the function gives; undefined where it throws. That, and a promise of it that rejects, is warned of. */
export function harmless<Result>(run: () => Result): Result | undefined {
  try {
    const result = run();
    if (isThenable(result)) Promise.resolve(result).catch(warnOf);
    return result;
  } catch (error) {
    warnOf(error);
    return undefined;
  }
}

function warnOf(error: unknown): void {
  try {
    process.emitWarning(error instanceof Error || typeof error === "string" ? error : inspect(error));
  } catch {
    process.emitWarning("A listener has thrown something that cannot be shown");
  }
}
