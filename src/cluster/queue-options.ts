// How large the queues of shared fields are, and of which kind. Apart from what makes them: types of the server's, which people
// without a broker have, stand on this.

import { OptionError } from "../batching/index.ts";
import { checkCount } from "../batching/limits.ts";

export interface QueueOptions {
  /**
   * `classic`: on one broker, fast; chunks are lost with it, and sent again by their gateways. `quorum`: on the majority of a
   * cluster, at about half the speed. Default "classic".
   */
  readonly queueType?: QueueType;
  /** How many chunks may wait in each queue; one more is refused at once. A whole number, 1 or more; default 10,000. */
  readonly maxQueuedChunks?: number;
}

export type QueueType = (typeof QUEUE_TYPES)[number];

export const QUEUE_TYPES = ["classic", "quorum"] as const;

export type QueueSettings = Required<QueueOptions>;

export const DEFAULT_MAX_QUEUED_CHUNKS = 10_000;

export function checkQueueOptions({
  queueType = "classic",
  maxQueuedChunks = DEFAULT_MAX_QUEUED_CHUNKS,
}: QueueOptions): QueueSettings {
  if (!QUEUE_TYPES.includes(queueType))
    throw new OptionError("queueType", '"classic" or "quorum"', queueType);
  return { queueType, maxQueuedChunks: checkCount("maxQueuedChunks", maxQueuedChunks) };
}
