// What becomes of a connection that a worker was given, as node:cluster's messages to and from it tell.

import type { Worker } from "node:cluster";
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { closeUntaken } from "../../src/command/workers/handed-over.ts";

class Handle {
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }
}

function workerOf(): { give(handle: Handle): void; answer(accepted: boolean): void; end(): void } {
  const child = Object.assign(new EventEmitter(), { send: () => true });
  closeUntaken({ process: child } as unknown as Worker);
  const send = child.send as (message: object, handle?: Handle) => boolean;
  return {
    give: (handle) => void send({ act: "newconn" }, handle),
    answer: (accepted) => void child.emit("internalMessage", { ack: 1, accepted }),
    end: () => void child.emit("exit", 0, null),
  };
}

test("a connection of which the worker said nothing is closed at its end", () => {
  const worker = workerOf();
  const handle = new Handle();
  worker.give(handle);
  worker.end();
  expect(handle.isClosed).toBe(true);
});

test.each([true, false])(
  "one that it answered for is not: accepted %s, it is its or another worker's",
  (accepted) => {
    const worker = workerOf();
    const handle = new Handle();
    worker.give(handle);
    worker.answer(accepted);
    worker.end();
    expect(handle.isClosed).toBe(false);
  },
);

test("the next one, which is given as an answer comes, is not forgotten", () => {
  const worker = workerOf();
  const [first, second] = [new Handle(), new Handle()];
  worker.give(first);
  worker.answer(true);
  worker.give(second);
  worker.end();
  expect([first.isClosed, second.isClosed]).toEqual([false, true]);
});
