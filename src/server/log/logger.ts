// What a server writes its log to: pino's shape, so that a pino logger fits as it is.

import { OptionError } from "../../batching/errors.ts";

/**
 * A pino logger, or anything of its shape. All that it is given is plain data, cleaned (clean-log.ts): an error, as
 * `err`, too.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether entries of this level are written. Asked once, at the start. */
  isLevelEnabled(level: "debug"): boolean;
}

export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** `json`: one entry a line, for programs; `pretty`: for people. */
export type LogFormat = (typeof LOG_FORMATS)[number];

export const LOG_FORMATS = ["json", "pretty"] as const;

export interface LogOptions {
  /** Default "info". */
  readonly level?: LogLevel;
  /** Default "pretty" where standard output is a terminal, else "json". */
  readonly format?: LogFormat;
  /** Which of several processes writes: in each of its entries. */
  readonly worker?: number;
}

const METHODS = ["debug", "info", "warn", "error", "isLevelEnabled"] as const;

export function checkLogger(given: unknown): Logger {
  const isLogger =
    typeof given === "object" &&
    given !== null &&
    METHODS.every((name) => typeof Reflect.get(given, name) === "function");
  if (isLogger) return given as Logger;
  throw new OptionError("logger", "a pino logger, or what has its shape", given);
}
