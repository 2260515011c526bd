// The primary process: starts the workers, says so once, and ends when they have. It serves nothing itself.

import { cleanLogger } from "../../server/log/clean-log.ts";
import { logStart } from "../../server/log/start-log.ts";
import { logWarning } from "../../server/log/warning-log.ts";
import { NUMBER_OPTIONS } from "../../server/options.ts";
import type { CommandLine } from "../command-line.ts";
import { loadLogger } from "../load-server.ts";
import { onStopSignals, SIGNAL_EXIT_CODES } from "../stop-signals.ts";
import { warnBy } from "../warnings.ts";
import { Crew, StartFailure } from "./crew.ts";
import { logDrain } from "./log.ts";

/** Beside the time that a drain may take: for its last answers (2 s at most), and the last spans of traces (2 s). */
const LAST_WORDS_MS = 5_000;

/** Serves by so many processes as the command line says, until it is told to stop; ends this process then. */
export async function runWorkers({ workers, log, server }: CommandLine): Promise<void> {
  const { createLogger } = await loadLogger();
  const given = await createLogger(log);
  warnBy((warning) => logWarning(given, warning));
  const logger = cleanLogger(given);
  const crew = new Crew(workers, logger);
  const { drainDelayMs, drainTimeoutMs } = { ...DRAIN_TIMES, ...server };
  const mostMs = drainDelayMs + drainTimeoutMs + LAST_WORDS_MS;
  onStopSignals(["SIGTERM", "SIGINT"], {
    async first(signal) {
      const logEnd = logDrain(logger, workers, signal);
      // One whose event loop is stuck never hears of it.
      setTimeout(() => void crew.kill(), Math.min(mostMs, 2 ** 31 - 1));
      const isOrderly = await crew.drain(signal);
      logEnd(isOrderly);
      process.exit(isOrderly ? 0 : 1);
    },
    again(signal) {
      void crew.kill();
      process.exit(SIGNAL_EXIT_CODES[signal]);
    },
  });
  try {
    logStart(logger, await crew.start(), workers);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    if (error.message !== "") console.error(error.message);
    await crew.kill();
    process.exit(error.exitCode);
  }
}

const DRAIN_TIMES = {
  drainDelayMs: NUMBER_OPTIONS.drainDelayMs.fallback,
  drainTimeoutMs: NUMBER_OPTIONS.drainTimeoutMs.fallback,
};
