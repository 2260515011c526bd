// Entries of the log hold what clients sent: none may look like another entry, or tell the terminal what to do. Seen to
// before a logger has them, whichever it is: many print what they are given, or what their JSON says, as it is.

import { loggedError } from "./logged-error.ts";
import type { Logger } from "./logger.ts";

/** Control characters but for newlines and tabs, what else ends a line, and what makes text run backwards. */
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * The same logger, which gets clean text, and errors as plain data (logged-error.ts). One that throws harms nobody: it is
 * told on standard error, once.
 */
export function cleanLogger(logger: Logger): Logger {
  let hasFailed = false;
  const clean =
    (level: "debug" | "info" | "warn" | "error") =>
    (fields: object, message: string): void => {
      try {
        logger[level](cleanFields(fields), cleanLine(message));
      } catch (error) {
        if (!hasFailed) tellOfFailure(error);
        hasFailed = true;
      }
    };
  return {
    debug: clean("debug"),
    info: clean("info"),
    warn: clean("warn"),
    error: clean("error"),
    isLevelEnabled: (level) => logger.isLevelEnabled(level),
  };
}

/** On standard error, as there is no log to write it to. */
export function tellOfFailure(error: unknown): void {
  console.error(cleanLine(`jitney: the log cannot be written: ${loggedError(error).message}`));
}

/** Whatever was thrown is `err`: where it is no Error, it is not to be shown as it is either. */
function cleanFields(fields: object): object {
  return cleanObject("err" in fields ? { ...fields, err: loggedError(fields.err) } : fields);
}

function cleanValue(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  return typeof value === "object" && value !== null ? cleanObject(value) : value;
}

function cleanObject(object: object): object {
  // Not by assignment, which would take a field called __proto__ for the prototype.
  const copy = Object.fromEntries(
    Object.entries(object).map(([name, value]) => [cleanText(name), cleanValue(value)]),
  );
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(object));
}

/** A message is one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll("\n", "\\n").replaceAll("\t", " ");
}

function cleanText(text: string): string {
  return text.replaceAll(UNSAFE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
