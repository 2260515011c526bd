// Metrics of the process: its CPU, its memory, its event loop.

import type { Registry } from "prom-client";
import type { PromClient } from "./prom-client.ts";

let ofThisProcess: Registry | undefined;

/**
 * One registry for all servers of a process, as there is one process. What prom-client watches the event loop and the
 * garbage collector with cannot be stopped: each server that came and went would leave a timer of 10 ms behind. The one
 * that stays keeps no process from ending.
 */
export function processMetrics({ Registry, collectDefaultMetrics }: PromClient): Registry {
  if (ofThisProcess === undefined) {
    ofThisProcess = new Registry();
    collectDefaultMetrics({ register: ofThisProcess });
  }
  return ofThisProcess;
}
