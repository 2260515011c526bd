// The queue of the keys that are computed by themselves: how they get there.

import type { ConfirmChannel } from "amqplib";
import { CHUNK_TYPE, encodeChunk, loneQueueOf } from "./protocol.ts";
import { type TakenChunk, TakenKey } from "./taken-chunk.ts";
import { pack } from "./typed-json.ts";

export class LoneQueue {
  readonly #channel: ConfirmChannel;
  readonly #queue: string;

  /** @param name of the field. */
  constructor(channel: ConfirmChannel, name: string) {
    this.#channel = channel;
    this.#queue = loneQueueOf(name);
  }

  /**
   * Sends each key of a chunk by itself.
   *
   * @param onSent called for each when the broker has it, or has no room for it.
   */
  sendEach(chunk: TakenChunk, onSent: (key: TakenKey, isTaken: boolean) => void): void {
    for (const [place, key] of chunk.body.keys.entries()) {
      const { value, isTagged } = pack("key", key);
      const taken = new TakenKey(chunk, place);
      const content = encodeChunk({ ...chunk.body, first: taken.index, keys: [value] }, isTagged);
      this.#send(chunk, content, (error: Error | null) => onSent(taken, error === null));
    }
  }

  /** As if no worker had had it yet. */
  sendBack(chunk: TakenChunk): void {
    this.#send(chunk, chunk.message.content);
  }

  /** It has no expiration: what expires there would be a dead letter. The chunk says until when somebody waits. */
  #send(chunk: TakenChunk, content: Buffer, onConfirm?: (error: Error | null) => void): void {
    const { id: messageId, replyTo } = chunk;
    const { headers } = chunk.message.properties;
    const options = { contentType: "application/json", type: CHUNK_TYPE, messageId, replyTo, headers };
    this.#channel.sendToQueue(this.#queue, content, options, onConfirm);
  }
}
