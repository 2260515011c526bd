// For tests: a virtual host of a running RabbitMQ (common-broker.ts) that nobody else uses.

import { inject } from "vitest";

/** `amqp://user:password@127.0.0.1:port/vhost` */
export async function newBrokerURL(): Promise<string> {
  const response = await fetch(inject("commonBrokerURL"));
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
