// Answers on their way out: those of one moment go in one message to each gateway, and only then are chunks acknowledged.

import type { Channel } from "amqplib";
import { isClosing } from "./broker.ts";
import {
  ANSWERS_TYPE,
  encodeAnswers,
  MAX_MESSAGE_BYTES,
  type OwnAnswer,
  type WireError,
} from "./protocol.ts";
import type { TakenChunk, TakenKey } from "./taken-chunk.ts";
import { tooLarge } from "./verdicts.ts";
import { toWire } from "./wire-errors.ts";

export class Outbox {
  readonly #worker: string;
  readonly #channel: Channel;
  /** By the addresses of gateways. */
  #answers = new Map<string, OwnAnswer[]>();
  /** Whose last answer is among those. */
  #done: TakenChunk[] = [];
  #isFlushing = false;
  #isClosed = false;

  constructor(worker: string, channel: Channel) {
    this.#worker = worker;
    this.#channel = channel;
    channel.on("close", () => {
      this.#isClosed = true;
    });
  }

  answer({ chunk, index, batch }: TakenKey, value: unknown, error: WireError | undefined): void {
    const answer: OwnAnswer = { chunk: chunk.id, index, batch, value, error };
    const others = this.#answers.get(chunk.replyTo);
    if (others === undefined) this.#answers.set(chunk.replyTo, [answer]);
    else others.push(answer);
    this.settle(chunk);
  }

  /** A key of this chunk has no answer and needs none. */
  settle(chunk: TakenChunk): void {
    if (chunk.countAnswer()) this.#done.push(chunk);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // After the promises of all the callers of a batch, which settle one after the other in one turn.
    process.nextTick(() => this.flush());
  }

  /** What cannot be said any more is not lost: the broker gives the chunk to somebody else, or back. */
  flush(): void {
    this.#isFlushing = false;
    const [answers, done] = [this.#answers, this.#done];
    this.#answers = new Map();
    this.#done = [];
    if (this.#isClosed) return;
    try {
      for (const [replyTo, ofGateway] of answers) this.#send(replyTo, ofGateway);
      for (const { message } of done) this.#channel.ack(message);
    } catch (error) {
      if (!isClosing(error)) throw error;
    }
  }

  /** In as many messages as it takes. */
  #send(replyTo: string, answers: readonly OwnAnswer[]): void {
    const content = encodeAnswers(this.#worker, answers);
    const [first] = answers;
    if (content.length <= MAX_MESSAGE_BYTES || first === undefined) {
      this.#channel.sendToQueue(replyTo, content, { contentType: "application/json", type: ANSWERS_TYPE });
    } else if (answers.length > 1) {
      const half = Math.ceil(answers.length / 2);
      this.#send(replyTo, answers.slice(0, half));
      this.#send(replyTo, answers.slice(half));
    } else {
      this.#send(replyTo, [{ ...first, value: undefined, error: toWire(tooLarge("value", content.length)) }]);
    }
  }
}
