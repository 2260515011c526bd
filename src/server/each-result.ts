// Sees each result of an operation before errors are masked and logged: one of a query or a mutation, those of all events of
// a subscription.

import type { ExecutionResult } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";

/** `isEvent`: there may be more. `replace` puts another result in its place. */
export type SeeResult = (
  result: ExecutionResult,
  about: { readonly request: Request; readonly isEvent: boolean; replace(result: ExecutionResult): void },
) => void;

export function onEachResult(see: SeeResult): Plugin {
  const seeing: Awaited<ReturnType<NonNullable<Plugin["onExecute"]>>> = {
    onExecuteDone({ args, result, setResult }) {
      if (isAsyncIterable(result)) return;
      see(result, { request: args.contextValue.request, isEvent: false, replace: setResult });
    },
  };
  return {
    onExecute: () => seeing,
    onSubscribe: ({ args }) => ({
      onSubscribeResult({ result, setResult }) {
        const { request } = args.contextValue;
        if (!isAsyncIterable(result)) {
          see(result, { request, isEvent: false, replace: setResult });
          return undefined;
        }
        return {
          onNext: (event) => see(event.result, { request, isEvent: true, replace: event.setResult }),
        };
      },
    }),
  };
}
