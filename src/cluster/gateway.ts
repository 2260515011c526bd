// The gateway's side: sends chunks of keys to the broker, and gives each key the one answer that comes back.

import { context, propagation } from "@opentelemetry/api";
import type { ChannelModel, ConfirmChannel, ConsumeMessage, Message } from "amqplib";
import type { KeyResult } from "../batching/batch-function.ts";
import { BatchError } from "../batching/index.ts";
import type { Delivery, PassedBatch, PassingContext } from "../batching/passing-on.ts";
import { Broker, endWith, isClosing } from "./broker.ts";
import { notKnown, OpenChunk, queueFull } from "./open-chunk.ts";
import {
  ANSWERS_TYPE,
  CHUNK_TYPE,
  decodeAnswers,
  encodeChunk,
  type KeyAnswer,
  MAX_MESSAGE_BYTES,
  queueOf,
  REPLY_QUEUE,
} from "./protocol.ts";
import type { QueueSettings } from "./queue-options.ts";
import { assertQueue } from "./queues.ts";
import { pack } from "./typed-json.ts";
import { tooLarge } from "./verdicts.ts";
import { fromWire } from "./wire-errors.ts";

/** A gateway has nothing that blocks it for long: a broker that is gone without a word is noticed within twice this. */
const HEARTBEAT_SECONDS = 10;

/** What has become of the chunks, for metrics; each number only grows. */
export interface GatewayTotals {
  /** Messages that went to the broker, those that went again included. */
  sent: number;
  sentAgain: number;
  /** Refused by a full queue. */
  refused: number;
  /** Messages of workers that are not as the protocol has them; the first one is warned of. */
  unreadable: number;
}

export interface GatewayOptions {
  readonly url: string;
  readonly queues: QueueSettings;
  readonly onDown: (reason: string) => void;
  readonly onUp: () => void;
  /** Told in one line of what whoever runs the server should know; default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

export class Gateway {
  readonly totals: GatewayTotals = { sent: 0, sentAgain: 0, refused: 0, unreadable: 0 };
  readonly #broker: Broker;
  readonly #queues: QueueSettings;
  readonly #onWarning: (message: string) => void;
  /** The names of the fields whose queues there have to be. */
  readonly #names = new Set<string>();
  readonly #open = new Map<string, OpenChunk>();
  #channel: ConfirmChannel | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor({ url, queues, onDown, onUp, onWarning = emitWarning }: GatewayOptions) {
    this.#queues = queues;
    this.#onWarning = onWarning;
    this.#broker = new Broker({
      url,
      name: `jitney gateway ${process.pid}`,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      setUp: (model) => this.#setUp(model),
      onDown,
      onUp: () => {
        this.#publishWaiting();
        onUp();
      },
    });
  }

  get isConnected(): boolean {
    return this.#broker.isConnected;
  }

  /** How many chunks have keys without an answer. */
  get openChunks(): number {
    return this.#open.size;
  }

  /** Begins to connect; what is sent meanwhile waits for it. */
  open(name: string): void {
    const isNew = !this.#names.has(name);
    this.#names.add(name);
    this.#broker.open();
    const channel = this.#channel;
    if (isNew && channel !== undefined) void assertQueue(channel, name, this.#queues).catch(() => {});
  }

  /** Sends keys of one partition, and gives what each will get. */
  send(
    name: string,
    keys: readonly unknown[],
    delivery: Delivery,
    context: PassingContext,
  ): readonly KeyResult<unknown>[] {
    this.open(name);
    const chunk = this.#chunkOf(name, keys, delivery, context);
    const { length } = chunk.content;
    if (length > MAX_MESSAGE_BYTES) {
      if (keys.length === 1) return [tooLarge("key", length)];
      const half = Math.ceil(keys.length / 2);
      const ofRest = {
        ...context,
        servedBy: (index: number, by: PassedBatch) => context.servedBy(index + half, by),
      };
      return [
        ...this.send(name, keys.slice(0, half), delivery, context),
        ...this.send(name, keys.slice(half), delivery, ofRest),
      ];
    }
    if (this.#isClosed) chunk.fail(closed);
    if (chunk.isAnswered) return chunk.results;
    this.#open.set(chunk.id, chunk);
    const forget = (): void => {
      if (!this.#open.delete(chunk.id)) return;
      chunk.fail(() => new DOMException("Every caller has left.", "AbortError"));
    };
    // Whoever has left in the same moment is not told again.
    context.signal.addEventListener("abort", forget, { once: true });
    if (this.#channel !== undefined && !this.#broker.isBlocked) this.#publish(this.#channel, chunk);
    return chunk.results;
  }

  /** Keys without an answer get `BATCH_SHUTTING_DOWN`, and so do those that are sent from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const chunk of this.#open.values()) chunk.fail(closed);
    this.#open.clear();
    await this.#broker.close();
  }

  #chunkOf(name: string, keys: readonly unknown[], delivery: Delivery, context: PassingContext): OpenChunk {
    const known: (Error | undefined)[] = [];
    const packed: unknown[] = [];
    let isTagged = false;
    for (const key of keys) {
      try {
        const { value, isTagged: hasTag } = pack("key", key);
        packed.push(value);
        isTagged ||= hasTag;
        known.push(undefined);
      } catch (error) {
        known.push(error as Error);
      }
    }
    const { partition, msLeft, maxDelayMs = null } = context;
    const deadline = Math.ceil(Date.now() + msLeft);
    const body = { partition, deadline, maxDelayMs, delivery, first: 0, keys: packed };
    const content = encodeChunk(body, isTagged);
    this.#lastId += 1;
    const expiresAt = performance.now() + msLeft;
    const id = String(this.#lastId);
    const parts = { id, queue: queueOf(name), content, headers: traceHeaders(), delivery, expiresAt };
    return new OpenChunk(parts, known, context);
  }

  /** What has come while the broker was away, or took no messages. */
  #publishWaiting(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    for (const chunk of [...this.#open.values()]) if (!chunk.isSent) this.#publish(channel, chunk);
  }

  #publish(channel: ConfirmChannel, chunk: OpenChunk): void {
    const msLeft = Math.ceil(chunk.expiresAt - performance.now());
    // Its callers are being told so in this moment.
    if (msLeft <= 0) return;
    const options = {
      contentType: "application/json",
      type: CHUNK_TYPE,
      messageId: chunk.id,
      replyTo: REPLY_QUEUE,
      expiration: msLeft,
      mandatory: true,
      headers: chunk.headers,
    };
    const onConfirm = (error: Error | null): void => {
      // The other error is of a channel that was closed: then it is sent again.
      if (error === null || channel !== this.#channel) return;
      this.totals.refused += 1;
      this.#open.delete(chunk.id);
      chunk.fail(queueFull);
    };
    try {
      channel.sendToQueue(chunk.queue, chunk.content, options, onConfirm);
    } catch (error) {
      // amqplib throws so while it closes a connection: there will be another one.
      if (isClosing(error)) return;
      throw error;
    }
    this.totals.sent += 1;
    if (chunk.isSent) this.totals.sentAgain += 1;
    chunk.isSent = true;
  }

  async #setUp(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    endWith(channel, model, () => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    channel.on("return", (message) => this.#takeBack(channel, message));
    for (const name of this.#names) await assertQueue(channel, name, this.#queues);
    await channel.consume(REPLY_QUEUE, (message) => this.#take(message), { noAck: true });
    this.#channel = channel;
    for (const chunk of [...this.#open.values()]) this.#sendAgain(channel, chunk);
  }

  /** Answers to what was sent by an earlier connection cannot come any more: they went to an address that is gone. */
  #sendAgain(channel: ConfirmChannel, chunk: OpenChunk): void {
    if (chunk.isSent && chunk.delivery === "at-most-once") {
      this.#open.delete(chunk.id);
      chunk.fail(notKnown);
    } else {
      this.#publish(channel, chunk);
    }
  }

  /** A queue that was there is gone: somebody has deleted it. */
  #takeBack(channel: ConfirmChannel, { properties }: Message): void {
    const chunk = this.#open.get(String(properties.messageId));
    const name = [...this.#names].find((each) => queueOf(each) === chunk?.queue);
    if (chunk === undefined || name === undefined) return;
    void assertQueue(channel, name, this.#queues).then(
      () => this.#publish(channel, chunk),
      // The channel is closed by it, and all of it made anew.
      () => {},
    );
  }

  #take(message: ConsumeMessage | null): void {
    if (message === null) return;
    for (const { chunk: id, index, batch, value, error } of this.#read(message)) {
      const chunk = this.#open.get(id);
      if (chunk === undefined) continue;
      chunk.answer(index, error === undefined ? value : fromWire(error), batch);
      if (chunk.isAnswered) this.#open.delete(id);
    }
  }

  /** Nothing for a message that cannot be read: whose keys it is about cannot be told, and more of them may be well. */
  #read({ content, properties }: ConsumeMessage): readonly KeyAnswer[] {
    try {
      if (properties.type !== ANSWERS_TYPE) throw new Error(`type: expected ${ANSWERS_TYPE}`);
      return decodeAnswers(content);
    } catch (error) {
      this.totals.unreadable += 1;
      if (this.totals.unreadable === 1) this.#onWarning(unreadable(error));
      return [];
    }
  }
}

function emitWarning(message: string): void {
  process.emitWarning(message, "JitneyWarning");
}

function unreadable(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `An answer of a worker cannot be read, and its keys wait in vain: ${reason}`;
}

function closed(): BatchError {
  return new BatchError("BATCH_SHUTTING_DOWN", "The shared batches were closed");
}

/** Of the span of these keys' batch here, in which the batch function is called. */
function traceHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
