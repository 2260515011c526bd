// The calls of the batch function of test/fixtures/logging-upper.ts, as its own log tells them.

import type { Running } from "./server-process.ts";

/** The words of each call. */
export function loggedCalls(server: Running): readonly (readonly string[])[] {
  return server.stdout
    .split("\n")
    .filter((line) => line.startsWith("call "))
    .map((line) => JSON.parse(line.slice("call ".length)));
}
