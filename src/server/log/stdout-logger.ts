// The log of a server that is given no other: by pino, to standard output, as JSON or, on a terminal, for people.

import { type DestinationStream, destination, pino } from "pino";
import { cleanLogger, tellOfFailure } from "./clean-log.ts";
import type { Logger, LogOptions } from "./logger.ts";
import { prettyPrinter } from "./pretty-log.ts";

/** Of what a full disk has refused: more than that is dropped, as the process would grow without end. */
const MOST_KEPT_CHARACTERS = 2 ** 20;

/**
 * Nothing is lost when the process ends: each entry is written by the time that its call returns. What a full disk refuses
 * is kept, up to a bound, and written with a later entry.
 */
export async function createLogger(
  { level = "info", format = process.stdout.isTTY ? "pretty" : "json", worker }: LogOptions = {},
  output: DestinationStream = standardOutput(),
): Promise<Logger> {
  const toOutput = (stream: DestinationStream): Logger => {
    const logger = pino<never>({ level }, stream);
    return worker === undefined ? logger : logger.child({ worker });
  };
  if (format === "json") return toOutput(output);
  try {
    const pretty = await prettyPrinter(process.stdout.isTTY && process.stdout.hasColors());
    return toOutput({ write: (line) => output.write(pretty(line)) });
  } catch (error) {
    const logger = toOutput(output);
    // The process that started it has said so.
    if (worker !== undefined) return logger;
    const { message } = error as Error;
    cleanLogger(logger).warn(
      {},
      `The log is JSON, as pino-pretty is missing: npm i pino-pretty@13 (${message})`,
    );
    return logger;
  }
}

function standardOutput(): DestinationStream {
  const output = destination({ dest: 1, sync: true, maxLength: MOST_KEPT_CHARACTERS });
  // Without a listener, a disk that is full would end the server.
  output.once("error", tellOfFailure).on("error", () => {});
  return output;
}
