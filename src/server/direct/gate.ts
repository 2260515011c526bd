// Who may ask, before anything of the request is read.

import type { ServerResponse } from "node:http";
import { isThenable } from "../../batching/thenable.ts";
import { EXECUTION_SIGNAL } from "../../graphql/execution-signal.ts";
import { LightSignal } from "../light-signal.ts";
import type { JitneyYoga } from "../yoga.ts";
import type { DirectRequest } from "./direct-request.ts";
import { type Hooks, noPlace } from "./hooks.ts";

/** What plugins and resolvers find beside the request; what Yoga calls the server context. */
export type DirectContext = Record<PropertyKey, unknown>;

/** Calls `then` at once where no hook has to wait: with undefined for a request that a hook would answer itself. */
export type Gate = (request: DirectRequest, then: (context: DirectContext | undefined) => void) => void;

export function createGate({ server }: JitneyYoga, { onRequest: hooks }: Hooks): Gate {
  const { fetchAPI, waitUntil } = server;
  return (request, then) => {
    const { node: req, response: res } = request;
    const context: DirectContext = { req, res, waitUntil, [EXECUTION_SIGNAL]: signalOf(res) };
    if (hooks.length === 0) return then(context);

    let isAnswered = false;
    const payload = {
      request,
      url: undefined,
      serverContext: context,
      fetchAPI,
      requestHandler: noPlace,
      setRequest: noPlace,
      setRequestHandler: noPlace,
      endResponse() {
        isAnswered = true;
      },
    };
    const call = (index: number): void => {
      const hook = hooks[index];
      if (hook === undefined || isAnswered) {
        then(isAnswered ? undefined : context);
        return;
      }
      const given = hook(payload as unknown as Parameters<typeof hook>[0]);
      // Where a hook throws, Yoga calls it again, and has the words for that.
      if (isThenable(given))
        void given.then(
          () => call(index + 1),
          () => then(undefined),
        );
      else call(index + 1);
    };
    call(0);
  };
}

/** Aborts when the client has left before it had its answer. */
function signalOf(response: ServerResponse): LightSignal {
  const signal = new LightSignal();
  if (response.destroyed) signal.abort();
  response.on("close", () => {
    if (!response.writableFinished) signal.abort();
  });
  return signal;
}
