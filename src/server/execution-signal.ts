// Tells batched fields when nobody waits for their operation any more.

import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { EXECUTION_SIGNAL, signalOf } from "../graphql/execution-signal.ts";

/** Gives each execution a signal of its own, which aborts with the request, and when the execution is over. */
export function useExecutionSignal(): Plugin<{ [EXECUTION_SIGNAL]?: AbortSignal }> {
  return {
    onExecute({ args, extendContext }) {
      const controller = new AbortController();
      const ofRequest = signalOf(args.contextValue);
      const abort = (): void => controller.abort(ofRequest?.reason);
      // One that has aborted already tells nobody any more.
      if (ofRequest?.aborted) abort();
      else ofRequest?.addEventListener("abort", abort, { once: true });
      extendContext({ [EXECUTION_SIGNAL]: controller.signal });
      const end = (): void => {
        ofRequest?.removeEventListener("abort", abort);
        controller.abort();
      };
      return {
        onExecuteDone({ result }) {
          if (!isAsyncIterable(result)) return end();
          return { onEnd: end };
        },
      };
    },
  };
}
