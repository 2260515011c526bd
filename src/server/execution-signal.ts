// Tells batched fields when nobody waits for their operation any more.

import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { EXECUTION_SIGNAL, QUICK_SIGNAL, signalOf } from "../graphql/execution-signal.ts";
import { LightSignal } from "./light-signal.ts";

interface Context {
  [QUICK_SIGNAL]?: LightSignal;
  readonly [EXECUTION_SIGNAL]?: AbortSignal;
}

const ENDING_GIVEN: Awaited<ReturnType<NonNullable<Plugin<Context>["onExecute"]>>> = {
  onExecuteDone: ({ args }) => args.contextValue[QUICK_SIGNAL]?.abort(),
};

/**
 * Gives each execution a signal of its own, which aborts with the request, and when the execution is over. One that is in
 * the context already is for this execution alone: the direct path puts it there, and aborts it with the request.
 */
export function useExecutionSignal(): Plugin<Context> {
  return {
    onExecute({ args }) {
      const context = args.contextValue;
      if (context[QUICK_SIGNAL] !== undefined) return ENDING_GIVEN;
      const signal = new LightSignal();
      const ofRequest = signalOf(context);
      const abort = (): void => signal.abort(ofRequest?.reason);
      // One that has aborted already tells nobody any more.
      if (ofRequest?.aborted) abort();
      else ofRequest?.addEventListener("abort", abort, { once: true });
      context[QUICK_SIGNAL] = signal;
      const whole = { get: () => signal.whole, enumerable: true, configurable: true };
      Object.defineProperty(context, EXECUTION_SIGNAL, whole);
      const end = (): void => {
        ofRequest?.removeEventListener("abort", abort);
        signal.abort();
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
