// Who may ask, before anything of the request is read.

import { isThenable } from "../../batching/thenable.ts";
import { LightSignal } from "../light-signal.ts";
import type { JitneyYoga } from "../yoga.ts";
import type { DirectRequest } from "./direct-request.ts";
import { type Hooks, noPlace } from "./hooks.ts";
import { DirectContext } from "./payloads.ts";

/** Calls `then` at once where no hook has to wait: with undefined for a request that a hook would answer itself. */
export type Gate = (request: DirectRequest, then: (context: DirectContext | undefined) => void) => void;

export function createGate({ server }: JitneyYoga, { onRequest: hooks }: Hooks): Gate {
  const { fetchAPI, waitUntil } = server;
  return (request, then) => {
    const { node: req, response: res } = request;
    const signal = new LightSignal();
    if (res.destroyed) signal.abort();
    res.left = signal;
    const context = new DirectContext(req, res, waitUntil, signal);
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
      // Where a hook throws, Yoga calls it again, and has the words for that.
      const giveUp = (): void => then(undefined);
      let given: unknown;
      try {
        given = hook(payload as unknown as Parameters<typeof hook>[0]);
      } catch {
        giveUp();
        return;
      }
      if (isThenable(given)) void given.then(() => call(index + 1), giveUp);
      else call(index + 1);
    };
    call(0);
  };
}
