// How a process of the command ends: in order on the first signal, at once on another.

import { flushSpans } from "./flush-spans.ts";
import { onStopSignals, SIGNAL_EXIT_CODES } from "./stop-signals.ts";
import type { Worker } from "./workers/worker.ts";

/** What ends in order. */
interface Drainable {
  drain(reason: string): Promise<void>;
}

/** @param worker where this is one of several processes. */
export function endOnSignals(starting: Promise<Drainable>, worker?: Worker): void {
  const end = (reason: string): void => {
    // Resolvers may hold what would keep the process (a pool of connections): it ends all the same.
    void starting
      .then((server) => server.drain(reason))
      .then(flushSpans)
      .then(() => process.exit(0));
  };
  const again = (signal: keyof typeof SIGNAL_EXIT_CODES): void => process.exit(SIGNAL_EXIT_CODES[signal]);
  worker?.onEnd(end);
  onStopSignals(worker === undefined ? ["SIGTERM", "SIGINT"] : ["SIGTERM"], { first: end, again });
}
