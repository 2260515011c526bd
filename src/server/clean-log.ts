// Entries of the log hold what clients sent: none may look like another entry, or tell the terminal what to do.

import type { Log } from "./failure-log.ts";

/** Control characters but for newlines and tabs, and what else ends a line. */
const UNSAFE = /(?![\n\t])[\p{Cc}\u2028\u2029]/gu;

export function cleanLog(log: Log): Log {
  return (entry) => log(entry.replaceAll(UNSAFE, escaped).replaceAll("\n", "\n    "));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
