// Messages that nobody can or may compute any more: kept for the operator, with the reason.

import type { Channel } from "amqplib";
import { DEAD_LETTERS } from "./protocol.ts";
import type { ReceivedMessage } from "./taken-chunk.ts";

/** It does not expire there. */
export function publishDead(
  channel: Channel,
  { content, fields, properties }: ReceivedMessage,
  reason: string,
): void {
  const { contentType, type, messageId, headers } = properties;
  channel.publish(DEAD_LETTERS, "", content, {
    contentType,
    type,
    messageId,
    headers: { ...headers, "jitney-queue": fields.routingKey, "jitney-reason": reason },
    persistent: true,
  });
}
