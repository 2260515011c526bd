// The response to a request, and who is told of its end.

import { type Server, ServerResponse } from "node:http";
import type { Linked } from "../batching/linked-list.ts";
import type { LightSignal } from "./light-signal.ts";

/** As node:http has it, with what must not cost a listener of its own. */
export class Answer extends ServerResponse implements Linked<Answer> {
  /** Whether it is in the list of those that are in flight; kept by `Drain` alone, as are the next three. */
  isInFlight = false;
  isTurnedAway = false;
  previous: Answer | undefined;
  next: Answer | undefined;
  /** What is to be aborted where the client leaves before all was sent; undefined until somebody wants that. */
  left: LightSignal | undefined;
}

/** Calls a function at the end of each response: when it has been sent, or its client has left. */
export type OnEachEnd = (hear: (answer: Answer) => void) => void;

/** One listener for all: each further one costs more than what most of them do. */
export function hearEnds(server: Server): OnEachEnd {
  const hearers: ((answer: Answer) => void)[] = [];
  function onClose(this: Answer): void {
    if (!this.writableFinished) this.left?.abort();
    for (const hear of hearers) hear(this);
  }
  const begin = (_request: unknown, answer: ServerResponse): void => {
    answer.on("close", onClose);
  };
  server.on("request", begin);
  server.on("checkContinue", begin);
  return (hear) => {
    hearers.push(hear);
  };
}
