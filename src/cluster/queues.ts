// The queues of a shared field: what the broker is to bound, and how. Gateways and workers have to say the same.

import type { Channel } from "amqplib";
import { OptionError } from "../batching/index.ts";
import { DEAD_LETTERS, loneQueueOf, MAX_DEAD_LETTERS, queueOf } from "./protocol.ts";
import type { QueueSettings } from "./queue-options.ts";

/** Deliveries of one chunk, of a quorum queue, before it is given up: two are the protocol's, the rest for workers without it. */
const DELIVERY_LIMIT = 10;

/** AMQP has one byte for the length of a name. */
const LONGEST_NAME = 255;

/** @throws OptionError for a field whose name is too long for that of a queue. */
export function checkQueueName(coordinate: string): void {
  const mostBytes = LONGEST_NAME - loneQueueOf("").length;
  if (Buffer.byteLength(coordinate) <= mostBytes) return;
  throw new OptionError(
    "name",
    `${mostBytes} characters at most where batches are shared`,
    coordinate.length,
  );
}

/** The queue that gateways send to. A worker that is not there yet finds what waits in it. */
export async function assertQueue(channel: Channel, name: string, settings: QueueSettings): Promise<void> {
  await channel.assertQueue(queueOf(name), { durable: true, arguments: argumentsOf(settings) });
}

/** What workers need beside it. */
export async function assertLoneQueue(
  channel: Channel,
  name: string,
  settings: QueueSettings,
): Promise<void> {
  await channel.assertExchange(DEAD_LETTERS, "fanout", { durable: true });
  await channel.assertQueue(DEAD_LETTERS, {
    durable: true,
    arguments: { "x-max-length": MAX_DEAD_LETTERS, "x-overflow": "drop-head" },
  });
  await channel.bindQueue(DEAD_LETTERS, DEAD_LETTERS, "");
  await channel.assertQueue(loneQueueOf(name), {
    durable: true,
    arguments: { ...argumentsOf(settings), "x-dead-letter-exchange": DEAD_LETTERS },
  });
}

function argumentsOf({ queueType, maxQueuedChunks }: QueueSettings): Readonly<Record<string, unknown>> {
  const bound = { "x-max-length": maxQueuedChunks, "x-overflow": "reject-publish" };
  if (queueType === "classic") return { "x-queue-type": "classic", ...bound };
  return { "x-queue-type": "quorum", ...bound, "x-delivery-limit": DELIVERY_LIMIT };
}
