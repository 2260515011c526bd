// Calls what is the user's and that nobody's answer may depend on: listeners, and who watches batches.

import { isError } from "./errors.ts";
import { runInNeutralContext } from "./neutral-context.ts";
import { isThenable } from "./thenable.ts";

const NO_ERROR = "A listener has thrown something that is no Error";

/**
 * What the function gives, called in nobody's async context; undefined where it throws. That, and a promise of it that
 * rejects, is warned of.
 */
export function harmless<Result>(run: () => Result): Result | undefined {
  return runInNeutralContext(() => warned(run));
}

/** Calls several, each as `harmless` does: to enter a context takes as long as most of what is called in it. */
export function harmlessly(run: (call: (one: () => unknown) => void) => void): void {
  runInNeutralContext(() => run(warned));
}

function warned<Result>(run: () => Result): Result | undefined {
  try {
    const result = run();
    if (isThenable(result)) Promise.resolve(result).catch(warnOf);
    return result;
  } catch (error) {
    warnOf(error);
    return undefined;
  }
}

/** What is no Error goes along as the cause: its properties may hold secrets, and who logs the warning leaves them out. */
function warnOf(thrown: unknown): void {
  try {
    const isWarning = isError(thrown) || typeof thrown === "string";
    process.emitWarning(isWarning ? thrown : new Error(NO_ERROR, { cause: thrown }));
  } catch {
    process.emitWarning("A listener has thrown something that cannot be shown");
  }
}
