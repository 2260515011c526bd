// Connections that have had an answer and send no request: Node closes those that are silent, but not those on which
// empty lines go on to arrive.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import { sweep } from "./sweep.ts";

/** @param longestMs a connection without a request is kept no longer than this after the last answer on it. */
export function closeIdle(server: Server, longestMs: number): void {
  /** Since when a connection has no request in flight. */
  const idle = new Map<Socket, number>();
  const inFlight = new WeakMap<Socket, number>();
  server.on("request", ({ socket }, response) => {
    idle.delete(socket);
    inFlight.set(socket, (inFlight.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (inFlight.get(socket) ?? 1) - 1;
      inFlight.set(socket, left);
      if (left > 0 || socket.destroyed) return;
      if (!idle.has(socket)) idle.set(socket, performance.now());
    });
  });
  server.on("connection", (socket) => socket.once("close", () => idle.delete(socket)));
  const look = (): void => {
    const nowMs = performance.now();
    for (const [socket, sinceMs] of idle) if (nowMs - sinceMs > longestMs) socket.destroy();
  };
  sweep(server, longestMs, look);
}
