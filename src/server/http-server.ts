// The server of node:http, and how it comes to listen.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Answer, hearEnds, type OnEachEnd } from "./answer.ts";
import { closeIdle } from "./idle-connections.ts";
import type { ServerSettings } from "./options.ts";
import { StartError, startError } from "./start-error.ts";
import { LONGEST_CHECK_MS } from "./sweep.ts";
import { closeUnread } from "./unread-answers.ts";

/** A server that waits for no client for ever: not for its request, nor for it to take the answer. */
export function createHTTPServer({
  headersTimeoutMs,
  requestTimeoutMs,
  keepAliveTimeoutMs,
}: ServerSettings): { readonly server: Server; readonly onEachEnd: OnEachEnd } {
  const server = createServer({
    ServerResponse: Answer,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Every 30 s, which is the default, makes 10 s up to 40.
    connectionsCheckingInterval: Math.min(LONGEST_CHECK_MS, headersTimeoutMs),
  });
  const onEachEnd = hearEnds(server);
  closeUnread(server, requestTimeoutMs);
  // Headers that have begun to arrive may take their time; Node itself adds a second to the time of a silent one.
  closeIdle(server, onEachEnd, keepAliveTimeoutMs + headersTimeoutMs + 1_000);
  return { server, onEachEnd };
}

/**
 * @returns its address, `http://127.0.0.1:4000`.
 * @throws StartError where it cannot listen.
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const where = `cannot listen on ${host}:${port}`;
    throw isTaken
      ? new StartError(`${where}: the port is in use`, { cause: error })
      : startError(where, error);
  }
  const { address, family, port: listened } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${listened}`;
}
