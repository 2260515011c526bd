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

/** Causes of causes, and errors side by side. */
const MOST_LEVELS = 5;
const MOST_SIDE_BY_SIDE = 10;

/** What is told of an object that was thrown and is no Error. */
const SHOWN_PROPERTIES = ["name", "message", "code", "status"] as const;

export function loggedError(thrown: unknown, level = 1): LoggedError {
  try {
    return isError(thrown) ? copyOf(thrown, level) : noErrorOf(thrown);
  } catch {
    // A getter of the user's has thrown.
    return { type: "Error", message: "(cannot be shown)", stack: "Error: (cannot be shown)" };
  }
}

function copyOf(error: Error, level: number): LoggedError {
  const { code, cause, errors }: { code?: unknown; cause?: unknown; errors?: unknown } = error;
  const message = textOf(error.message);
  const type = cut(textOf(error.constructor?.name || error.name), WORD_CHARACTERS);
  const shortMessage = cut(message, MESSAGE_CHARACTERS);
  // It begins with the message. A long one must not push out where the error comes from.
  const stack = (textOf(error.stack) || `${type}: ${message}`).replace(message, () => shortMessage);
  const hasMore = level < MOST_LEVELS;
  return plain({
    type,
    message: shortMessage,
    stack: cut(stack, STACK_CHARACTERS),
    ...(isWord(code) ? { code: typeof code === "string" ? cut(code, WORD_CHARACTERS) : code } : {}),
    ...(hasMore && cause !== undefined ? { cause: loggedError(cause, level + 1) } : {}),
    ...(hasMore && Array.isArray(errors)
      ? { aggregateErrors: errors.slice(0, MOST_SIDE_BY_SIDE).map((one) => loggedError(one, level + 1)) }
      : {}),
  });
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
