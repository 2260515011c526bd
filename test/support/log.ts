// The log of a server under test: kept as it comes, or read from what a process has written.

import type { Logger } from "../../src/server/index.ts";

/** An entry in plain data: its level by name, its message as `msg`, and its fields. */
export interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger that keeps its entries. */
export class KeptLog implements Logger {
  readonly entries: LogEntry[] = [];
  readonly #hasDebug: boolean;
  readonly #most: number;

  /** @param most the first so many entries are kept. */
  constructor(level: "debug" | "info" = "info", most = Number.POSITIVE_INFINITY) {
    this.#hasDebug = level === "debug";
    this.#most = most;
  }

  /** Entries of what went wrong. */
  get faults(): readonly LogEntry[] {
    return this.entries.filter(({ level }) => level === "warn" || level === "error");
  }

  debug(fields: object, msg: string): void {
    if (this.#hasDebug) this.#keep("debug", fields, msg);
  }

  info(fields: object, msg: string): void {
    this.#keep("info", fields, msg);
  }

  warn(fields: object, msg: string): void {
    this.#keep("warn", fields, msg);
  }

  error(fields: object, msg: string): void {
    this.#keep("error", fields, msg);
  }

  isLevelEnabled(): boolean {
    return this.#hasDebug;
  }

  #keep(level: string, fields: object, msg: string): void {
    if (this.entries.length < this.#most) this.entries.push({ ...fields, level, msg });
  }
}

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** The entries among the lines that a process has written to standard output. */
export function entriesIn(stdout: string): readonly LogEntry[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith('{"level":') && line.endsWith("}"))
    .map((line) => JSON.parse(line))
    .map((entry) => ({ ...entry, level: LEVELS[entry.level] }));
}

/** What a process has written to standard output beside its log. */
export function withoutLog(stdout: string): string {
  return stdout.replaceAll(/^\{"level":.*\n/gm, "");
}
