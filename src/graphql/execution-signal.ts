// The signal of one execution, which a server may put into the context for batched fields to find.

/**
 * Where a context keeps the signal that aborts when its operation is answered, or its client has gone. An operation may
 * be answered while fields of it still wait: where one that must not be null has failed, the others are not wanted.
 */
export const EXECUTION_SIGNAL = Symbol.for("jitney.executionSignal");

/** Where Jitney's own server keeps the same in a form that costs less, and is no AbortSignal for others. */
export const QUICK_SIGNAL = Symbol("jitney.quickSignal");

/** That signal; else `context.request.signal`, as Yoga has it; else none. */
export function signalOf(context: unknown): AbortSignal | undefined {
  if (typeof context !== "object" || context === null) return undefined;
  const quick: unknown = QUICK_SIGNAL in context ? context[QUICK_SIGNAL] : undefined;
  if (isSignal(quick)) return quick;
  const ofExecution: unknown = EXECUTION_SIGNAL in context ? context[EXECUTION_SIGNAL] : undefined;
  if (isSignal(ofExecution)) return ofExecution;
  const request: unknown = "request" in context ? context.request : undefined;
  if (typeof request !== "object" || request === null || !("signal" in request)) return undefined;
  return isSignal(request.signal) ? request.signal : undefined;
}

/** By its methods: Yoga's is one that is no instance of the class. */
function isSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;
}
