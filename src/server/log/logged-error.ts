// What the log has of an error: what it is, what it says, where it comes from, and its causes. Other properties may
// hold keys, values and secrets (the request that failed, with its headers): they are left out.

import { isError } from "../../batching/errors.ts";

/** In the form in which pino gives errors; pino itself takes it for one, and joins the causes to message and stack. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string | number;
  readonly cause?: LoggedError;
  readonly aggregateErrors?: readonly LoggedError[];
}

/** A message may hold all of a request, or of the page that was its answer. */
const MESSAGE_CHARACTERS = 4_000;
const STACK_CHARACTERS = 12_000;
const WORD_CHARACTERS = 100;

/** Causes of causes, errors side by side, and all of one entry: by themselves, the first two would be 10,000 errors. */
const MOST_LEVELS = 5;
const MOST_SIDE_BY_SIDE = 10;
const MOST_ERRORS = 20;

/** What is told of an object that was thrown and is no Error. */
const SHOWN_PROPERTIES = ["name", "message", "code", "status"] as const;

/** Each of its causes, and of the errors in it, is told once. */
export function loggedError(thrown: unknown): LoggedError {
  return told(thrown, 1, new Set([thrown]));
}

/** @param taken what the entry has already, or is going to have. */
function told(thrown: unknown, level: number, taken: Set<unknown>): LoggedError {
  try {
    return isError(thrown) ? copyOf(thrown, level, taken) : noErrorOf(thrown);
  } catch {
    // A getter of the user's has thrown.
    return { type: "Error", message: "(cannot be shown)", stack: "Error: (cannot be shown)" };
  }
}

function copyOf(error: Error, level: number, taken: Set<unknown>): LoggedError {
  const { code, cause, errors }: { code?: unknown; cause?: unknown; errors?: unknown } = error;
  const message = textOf(error.message);
  const type = cut(textOf(error.constructor?.name || error.name), WORD_CHARACTERS);
  const shortMessage = cut(message, MESSAGE_CHARACTERS);
  // It begins with the message. A long one must not push out where the error comes from.
  const stack = (textOf(error.stack) || `${type}: ${message}`).replace(message, () => shortMessage);
  const hasMore = level < MOST_LEVELS;
  // All that hang on this one are taken before what hangs on them: the first of them must not have all the room.
  const hasCause = hasMore && cause !== undefined && take(cause, taken);
  const sideBySide =
    hasMore && Array.isArray(errors)
      ? errors.slice(0, MOST_SIDE_BY_SIDE).filter((one) => take(one, taken))
      : [];
  return plain({
    type,
    message: shortMessage,
    stack: cut(stack, STACK_CHARACTERS),
    ...(isWord(code) ? { code: typeof code === "string" ? cut(code, WORD_CHARACTERS) : code } : {}),
    ...(hasCause ? { cause: told(cause, level + 1, taken) } : {}),
    ...(sideBySide.length > 0
      ? { aggregateErrors: sideBySide.map((one) => told(one, level + 1, taken)) }
      : {}),
  });
}

/** Whether there is room for an error that is not there yet; then it has it. */
function take(thrown: unknown, taken: Set<unknown>): boolean {
  if (taken.size >= MOST_ERRORS || taken.has(thrown)) return false;
  taken.add(thrown);
  return true;
}

function noErrorOf(thrown: unknown): LoggedError {
  const type = thrown === null ? "null" : typeof thrown;
  const message = cut(typeof thrown === "object" ? shownOf(thrown) : textOf(thrown), MESSAGE_CHARACTERS);
  return plain({ type, message, stack: `${type}: ${message}` });
}

function shownOf(thrown: object | null): string {
  const shown = SHOWN_PROPERTIES.map((name) => [name, thrown && Reflect.get(thrown, name)] as const)
    .filter(([, value]) => isWord(value))
    .map(([name, value]) => `${name}: ${value}`);
  return `{ ${shown.join(", ")} }`;
}

/** Without a prototype: pino would take the name of its constructor for the type. */
function plain(error: LoggedError): LoggedError {
  return Object.assign(Object.create(null), error);
}

function isWord(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function textOf(value: unknown): string {
  return typeof value === "object" ? "" : String(value ?? "");
}

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}
