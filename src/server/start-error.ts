// What keeps a server from starting, said in one line.

import { loggedError } from "./log/logged-error.ts";

/** A fault of the set-up: a flag, a file, a schema, a port. The message is one line, for the user of the command. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly code = "START_FAILED";
}

/** A StartError that says where, and the first line of what went wrong. */
export function startError(where: string, cause: unknown): StartError {
  const line =
    loggedError(cause)
      .message.split("\n")
      .find((part) => part.trim() !== "") ?? "failed";
  return new StartError(`${where}: ${line.trim()}`, { cause });
}
