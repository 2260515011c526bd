// The package that shared batches stand on, and nobody else: it is optional.

import { requirePackage } from "../optional-packages.ts";

export type AMQPModule = typeof import("amqplib");

export function loadAMQP(): AMQPModule {
  return requirePackage("amqplib", "Shared batches need amqplib: npm i amqplib@2");
}
