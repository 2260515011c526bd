// Clients that do not read: each would keep its answer in memory, and its connection, as long as it likes.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import { sweep } from "./sweep.ts";

/**
 * Bytes of an answer that a client has to take in the time that it is given. As Node says no more than when all of one
 * write is gone, a larger write has as many times that time, up to `MOST_TIMES`: 100 MB could else be kept for an hour.
 */
const LEAST_TAKEN = 2 ** 20;
const MOST_TIMES = 10;

/** What a connection had taken when it last took anything. */
interface Progress {
  bytes: number;
  atMs: number;
}

/**
 * Closes connections on which an answer waits, and which take less than a mebibyte of it in `timeoutMs`. Not by the
 * inactivity of the socket, which is as long while a request waits for its batch.
 */
export function closeUnread(server: Server, timeoutMs: number): void {
  const connections = new Map<Socket, Progress>();
  server.on("connection", (socket) => {
    connections.set(socket, { bytes: 0, atMs: performance.now() });
    socket.once("close", () => connections.delete(socket));
  });
  const look = (): void => {
    const nowMs = performance.now();
    for (const [socket, progress] of connections) {
      const waiting = socket.writableLength;
      const bytes = socket.bytesWritten - waiting;
      if (waiting === 0 || bytes !== progress.bytes) {
        progress.bytes = bytes;
        progress.atMs = nowMs;
      } else {
        const times = Math.min(MOST_TIMES, Math.max(1, waiting / LEAST_TAKEN));
        if (nowMs - progress.atMs >= timeoutMs * times) socket.destroy();
      }
    }
  };
  sweep(server, timeoutMs, look);
}
