// Vitest's global set-up: one RabbitMQ for all tests that do not end it, started for the first who asks. Each gets queues of
// its own, on a virtual host. Tests run in other processes, so they ask here.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { TestProject } from "vitest/node";
import { Broker } from "./broker.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Gives the address of a new virtual host to who asks. */
    commonBrokerURL: string;
  }
}

/** @returns what to do when the run has ended. */
export default async function provideBroker(project: TestProject): Promise<() => Promise<void>> {
  let broker: Promise<Broker> | undefined;
  const server = createServer((_request, response) => {
    broker ??= Broker.start();
    broker.then(
      (started) => response.end(started.newURL()),
      (error) => response.writeHead(500).end(inspect(error)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  project.provide("commonBrokerURL", `http://127.0.0.1:${port}`);
  return async () => {
    server.close();
    await (await broker)?.[Symbol.asyncDispose]();
  };
}
