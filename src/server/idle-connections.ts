// Connections that have had an answer and send no request: Node closes those that are silent, but not those on which
// empty lines go on to arrive.

import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { OnEachEnd } from "./answer.ts";
import { sweep } from "./sweep.ts";

interface Connection {
  inFlight: number;
  /** When its last answer was given; undefined until then, and while a request is in flight. */
  idleSinceMs: number | undefined;
}

/** @param longestMs a connection without a request is kept no longer than this after the last answer on it. */
export function closeIdle(server: Server, onEachEnd: OnEachEnd, longestMs: number): void {
  const connections = new Map<Socket, Connection>();
  server.on("connection", (socket) => {
    connections.set(socket, { inFlight: 0, idleSinceMs: undefined });
    socket.once("close", () => connections.delete(socket));
  });
  const begin = ({ socket }: IncomingMessage): void => {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.inFlight += 1;
    connection.idleSinceMs = undefined;
  };
  server.on("request", begin);
  server.on("checkContinue", begin);
  onEachEnd(({ req }) => {
    const connection = connections.get(req.socket);
    if (connection === undefined) return;
    connection.inFlight -= 1;
    if (connection.inFlight === 0) connection.idleSinceMs = performance.now();
  });
  const look = (): void => {
    const nowMs = performance.now();
    for (const [socket, { idleSinceMs }] of connections) {
      if (idleSinceMs !== undefined && nowMs - idleSinceMs > longestMs) socket.destroy();
    }
  };
  sweep(server, longestMs, look);
}
