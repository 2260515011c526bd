// The async context that belongs to no request.

import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs a function in the context in which this module was loaded, so that a batch, which serves many requests,
 * never runs as one of them. Taken at load time on purpose: taken at the first use, it would be a request's.
 */
export const runInNeutralContext: <Result>(run: () => Result) => Result = AsyncLocalStorage.snapshot();
