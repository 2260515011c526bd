// Connections that a worker was given and has not taken when it ends.

import type { Worker } from "node:cluster";

interface Handle {
  close(): void;
}

/**
 * Closes the connection that a worker was given last, when the worker ends. Node keeps it until the worker says that it has it
 * (lib/internal/cluster/round_robin_handle.js), one at a time for each worker: where that ends first, the client would wait
 * for ever, as for an answer. Closed, it sees at once that there will be none.
 */
export function closeUntaken(worker: Worker): void {
  const child = worker.process;
  // It could not be started.
  if (typeof child.send !== "function") return;
  const send = child.send.bind(child);
  let last: Handle | undefined;
  child.send = ((message: unknown, handle?: unknown, ...rest: never[]) => {
    if (isConnection(message) && isHandle(handle)) last = handle;
    return send(message as never, handle as never, ...rest);
  }) as typeof child.send;
  // Before Node's own listener, which gives the worker the next one. What was taken, or given back for another worker to have,
  // is not this worker's any more.
  child.prependListener("internalMessage", (message: unknown) => {
    if (isAnswer(message)) last = undefined;
  });
  // Harmless where it was taken, and Node has closed it here.
  child.once("exit", () => last?.close());
}

function isConnection(message: unknown): boolean {
  return typeof message === "object" && message !== null && "act" in message && message.act === "newconn";
}

function isAnswer(message: unknown): boolean {
  return typeof message === "object" && message !== null && "ack" in message && "accepted" in message;
}

function isHandle(handle: unknown): handle is Handle {
  return (
    typeof handle === "object" && handle !== null && "close" in handle && typeof handle.close === "function"
  );
}
