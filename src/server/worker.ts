// One of several processes that serve together (command/workers/): what its server is told of it, and tells it.

import type { SharedMetrics } from "../monitoring/worker-metrics.ts";
import type { StartEntry } from "./log/start-log.ts";

export interface ServingWorker {
  /** From 1; whoever replaces it has the same. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
  readonly metrics: SharedMetrics;
  /** Told that it listens, in place of the log: there it is said once for all. */
  tellStart(start: StartEntry): void;
}
