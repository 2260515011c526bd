// Looks after the connections of a server, as long as it listens.

import type { Server } from "node:http";

/** How often what is late is looked for, at most: a client may be cut off so much after its time. */
export const LONGEST_CHECK_MS = 1_000;

/** Calls `look` again and again, at least once in `timeoutMs`. It keeps no process alive. */
export function sweep(server: Server, timeoutMs: number, look: () => void): void {
  server.once("listening", () => {
    const timer = setInterval(look, Math.min(LONGEST_CHECK_MS, timeoutMs)).unref();
    server.once("close", () => clearInterval(timer));
  });
}
