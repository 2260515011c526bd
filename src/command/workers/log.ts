// The entries of the primary process: who has ended and is replaced, and how all end.

import type { Logger } from "../../server/log/logger.ts";

export interface WorkerEnd {
  readonly worker: number;
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** From when it was ready; 0 where it never was. */
  readonly servedMs: number;
  readonly restartInMs: number;
  /** What kept it from starting. */
  readonly failure: string | undefined;
}

export function logEnd(logger: Logger, { servedMs: exactMs, failure, ...end }: WorkerEnd): void {
  const { exitCode, signal, restartInMs } = end;
  const servedMs = Math.round(exactMs);
  const how = signal ?? `exit code ${exitCode}`;
  const why = failure === undefined ? "" : `: ${failure}`;
  const when = restartInMs === 0 ? "at once" : `in ${restartInMs.toLocaleString("en")} ms`;
  const message = `Worker has ended with ${how}${why}; it is replaced ${when}`;
  // Somebody has asked it to, by a signal of its own.
  if (exitCode === 0) logger.info({ ...end, servedMs }, message);
  else logger.error({ ...end, servedMs }, message);
}

export function logReplaced(logger: Logger, worker: number): void {
  logger.info({ worker }, "Worker is ready in place of the one that has ended");
}

/** Writes that the end begins. The function that it gives writes that it is over. */
export function logDrain(logger: Logger, workers: number, reason: string): (isOrderly: boolean) => void {
  const startMs = performance.now();
  logger.info({ reason, workers }, `Draining on ${reason}: ${workers} workers`);
  return (isOrderly) => {
    const ms = Math.round(performance.now() - startMs);
    if (isOrderly) logger.info({ ms, workers }, `Drained in ${ms} ms: all ${workers} workers`);
    else logger.error({ ms, workers }, `Ended in ${ms} ms: not all workers did so in order`);
  };
}
