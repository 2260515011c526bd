// The worker's side of one field: takes chunks from its queue, has its batcher compute the keys, and answers.

import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from "amqplib";
import type { Batcher } from "../batching/batcher.ts";
import { systemClock } from "../batching/clock.ts";
import { BatchError } from "../batching/index.ts";
import { endWith } from "./broker.ts";
import { Outbox } from "./outbox.ts";
import { Prefetch } from "./prefetch.ts";
import type { Presence } from "./presence.ts";
import {
  CHUNK_TYPE,
  DEAD_LETTERS,
  decodeChunk,
  encodeChunk,
  loneQueueOf,
  queueOf,
  type WireError,
} from "./protocol.ts";
import { assertLoneQueue, assertQueue, type QueueSettings } from "./queues.ts";
import { TakenChunk, TakenKey } from "./taken-chunk.ts";
import { pack } from "./typed-json.ts";
import { toWire } from "./wire-errors.ts";

/** A field whose keys a worker computes. */
export interface WorkedField {
  /** `Query.upper` */
  readonly coordinate: string;
  readonly batcher: Batcher<unknown, unknown>;
  /** Makes another batcher of the field, which computes each key by itself, one after the other. */
  makeLone(): Batcher<unknown, unknown>;
}

/** What has become of the chunks, for metrics; each number only grows. */
export interface FieldTotals {
  received: number;
  /** Given to this worker after another one had died with them, or had lost its connection. */
  redelivered: number;
  /** Whose callers had given up when they came. */
  expired: number;
  /** Whose gateway was gone. */
  orphaned: number;
  /** That are not as the protocol has them. */
  unreadable: number;
  /** Keys that two workers died with. */
  condemned: number;
}

export interface FieldWorkerOptions {
  /** What answers call the worker. */
  readonly worker: string;
  readonly priority: number;
  readonly queues: QueueSettings;
  /** Makes what a load says of itself (`LoadOptions.origin`), of a key and the headers of its message. */
  readonly originOf: (key: TakenKey, headers: Readonly<Record<string, unknown>>) => unknown;
  readonly onWarning: (message: string) => void;
}

export class FieldWorker {
  readonly totals: FieldTotals = {
    received: 0,
    redelivered: 0,
    expired: 0,
    orphaned: 0,
    unreadable: 0,
    condemned: 0,
  };
  readonly #field: WorkedField;
  readonly #lone: Batcher<unknown, unknown>;
  readonly #options: FieldWorkerOptions;
  /** By the addresses of gateways. */
  readonly #taken = new Map<string, Set<TakenChunk>>();
  /** Ends the taking of chunks on the connection that there is. */
  #cancel: (() => Promise<void>) | undefined;
  #isDraining = false;

  constructor(field: WorkedField, options: FieldWorkerOptions) {
    this.#field = field;
    this.#lone = field.makeLone();
    this.#options = options;
  }

  get name(): string {
    return this.#field.coordinate;
  }

  /** How many chunks have keys without an answer. */
  get openChunks(): number {
    let count = 0;
    for (const chunks of this.#taken.values()) count += chunks.size;
    return count;
  }

  /** Takes chunks over a new connection. */
  async setUp(model: ChannelModel, presence: Presence): Promise<void> {
    if (this.#isDraining) return;
    const { coordinate } = this.#field;
    const { worker, priority, queues } = this.#options;
    const [channel, loneChannel] = [await model.createChannel(), await model.createConfirmChannel()];
    for (const each of [channel, loneChannel]) endWith(each, model, () => {});
    await assertQueue(channel, coordinate, queues);
    await assertLoneQueue(loneChannel, coordinate, queues);
    // One at a time: two would die together, and one of them for nothing.
    await loneChannel.prefetch(1);
    const outbox = new Outbox(worker, channel);
    const loneOutbox = new Outbox(worker, loneChannel);
    const on = (take: (message: ConsumeMessage) => void) => (message: ConsumeMessage | null) => {
      // The queue was deleted: all is made anew.
      if (message === null) void model.close().catch(() => {});
      else take(message);
    };
    const lone = await loneChannel.consume(
      loneQueueOf(coordinate),
      on((message) => this.#takeLone(message, loneChannel, loneOutbox)),
    );
    const prefetch = new Prefetch(() => this.#field.batcher.limits, systemClock);
    const take = on((message) => {
      const chunk = this.#read(message, channel);
      if (chunk === undefined) return;
      this.#take(chunk, loneChannel, outbox, presence);
      if (prefetch.count(chunk.body.keys.length)) changing = changing.then(renew).catch(() => {});
    });
    const consume = async (): Promise<string> => {
      // It holds for consumers that come after it.
      await channel.prefetch(prefetch.chunks);
      return (await channel.consume(queueOf(coordinate), take, { priority })).consumerTag;
    };
    let consumer = await consume();
    const renew = async (): Promise<void> => {
      if (this.#isDraining) return;
      const former = consumer;
      consumer = await consume();
      await channel.cancel(former);
    };
    // One change at a time. On a connection that is gone there is nothing to change.
    let changing = Promise.resolve();
    this.#cancel = async () => {
      await changing;
      await Promise.all([channel.cancel(consumer), loneChannel.cancel(lone.consumerTag)]);
    };
  }

  /** Takes no more chunks, and resolves when those that it has are answered. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    // On a connection that is gone it takes none anyway.
    await this.#cancel?.().catch(() => {});
    await Promise.all([this.#field.batcher.drain(), this.#lone.drain()]);
  }

  #take(chunk: TakenChunk, loneChannel: ConfirmChannel, outbox: Outbox, presence: Presence): void {
    if (presence.isGone(chunk.replyTo)) {
      this.totals.orphaned += 1;
      this.#settleAll(chunk, outbox);
      return;
    }
    presence.check(chunk.replyTo, () => this.#abandon(chunk.replyTo));
    if (chunk.msLeft <= 0) {
      this.totals.expired += 1;
      this.#answerAll(chunk, outbox, tooLate());
    } else if (!chunk.message.fields.redelivered) {
      this.#load(chunk, this.#field.batcher, outbox);
    } else if (chunk.body.delivery === "at-most-once") {
      this.totals.redelivered += 1;
      this.#answerAll(chunk, outbox, mayHaveRun());
    } else {
      this.totals.redelivered += 1;
      this.#takeApart(chunk, loneChannel, outbox);
    }
  }

  /** A key that was in a chunk with which a worker has died. */
  #takeLone(message: ConsumeMessage, channel: Channel, outbox: Outbox): void {
    const chunk = this.#read(message, channel);
    if (chunk === undefined) return;
    if (chunk.msLeft <= 0) {
      this.totals.expired += 1;
      this.#answerAll(chunk, outbox, tooLate());
    } else if (!message.fields.redelivered) {
      this.#load(chunk, this.#lone, outbox);
    } else {
      this.totals.condemned += 1;
      this.#options.onWarning(`${this.name}: a key has ended two workers: it is among the dead letters`);
      publishDead(channel, message, "a key that has ended two workers");
      this.#answerAll(chunk, outbox, deadly());
    }
  }

  /** Undefined for a message that cannot be read: it is no reason to fail, and may not come again. */
  #read(message: ConsumeMessage, channel: Channel): TakenChunk | undefined {
    this.totals.received += 1;
    try {
      const body = decodeChunk(message.content);
      const chunk: TakenChunk = new TakenChunk(message, body, () => {
        this.totals.expired += 1;
        chunk.abort();
      });
      return chunk;
    } catch (error) {
      this.totals.unreadable += 1;
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onWarning(`${this.name}: a message is among the dead letters: ${reason}`);
      publishDead(channel, message, reason);
      channel.ack(message);
      return undefined;
    }
  }

  #load(chunk: TakenChunk, batcher: Batcher<unknown, unknown>, outbox: Outbox): void {
    const { keys, partition, maxDelayMs } = chunk.body;
    const { headers = {} } = chunk.message.properties;
    const { signal } = chunk;
    const asAbortSignal = signal.asAbortSignal();
    this.#remember(chunk);
    for (const [place, key] of keys.entries()) {
      const taken = new TakenKey(chunk, place);
      const origin = this.#options.originOf(taken, headers);
      batcher
        .load(key, { partition, maxDelayMs: maxDelayMs ?? undefined, signal: asAbortSignal, origin })
        .then(
          (value) => this.#answer(taken, outbox, value, undefined),
          (error: unknown) => {
            if (signal.aborted) this.#settle(chunk, outbox);
            else this.#answer(taken, outbox, undefined, toWire(error));
          },
        );
    }
  }

  /** Sends each of its keys by itself, and lets go of it when the broker has them all. */
  #takeApart(chunk: TakenChunk, channel: ConfirmChannel, outbox: Outbox): void {
    const { properties } = chunk.message;
    for (const [place, key] of chunk.body.keys.entries()) {
      const { value, isTagged } = pack("key", key);
      const taken = new TakenKey(chunk, place);
      const content = encodeChunk({ ...chunk.body, first: taken.index, keys: [value] }, isTagged);
      const options = {
        contentType: "application/json",
        type: CHUNK_TYPE,
        messageId: chunk.id,
        replyTo: chunk.replyTo,
        headers: properties.headers,
      };
      channel.sendToQueue(loneQueueOf(this.name), content, options, (error: Error | null) => {
        if (error === null) this.#settle(chunk, outbox);
        else this.#answer(taken, outbox, undefined, toWire(noRoom()));
      });
    }
  }

  #answerAll(chunk: TakenChunk, outbox: Outbox, error: BatchError): void {
    for (const place of chunk.body.keys.keys()) {
      this.#answer(new TakenKey(chunk, place), outbox, undefined, toWire(error));
    }
  }

  #settleAll(chunk: TakenChunk, outbox: Outbox): void {
    for (const _ of chunk.body.keys) this.#settle(chunk, outbox);
  }

  #answer(key: TakenKey, outbox: Outbox, value: unknown, error: WireError | undefined): void {
    outbox.answer(key, value, error);
    this.#forgetAnswered(key.chunk);
  }

  #settle(chunk: TakenChunk, outbox: Outbox): void {
    outbox.settle(chunk);
    this.#forgetAnswered(chunk);
  }

  #remember(chunk: TakenChunk): void {
    const others = this.#taken.get(chunk.replyTo);
    if (others === undefined) this.#taken.set(chunk.replyTo, new Set([chunk]));
    else others.add(chunk);
  }

  #forgetAnswered(chunk: TakenChunk): void {
    if (chunk.openCount > 0) return;
    const ofGateway = this.#taken.get(chunk.replyTo);
    ofGateway?.delete(chunk);
    if (ofGateway?.size === 0) this.#taken.delete(chunk.replyTo);
  }

  /** Its gateway is gone: what of it has not started is not computed. */
  #abandon(replyTo: string): void {
    for (const chunk of [...(this.#taken.get(replyTo) ?? [])]) {
      this.totals.orphaned += 1;
      chunk.abort();
    }
  }
}

/** It does not expire there, and says why it is there. */
function publishDead(
  channel: Channel,
  { content, fields, properties }: ConsumeMessage,
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

function tooLate(): BatchError {
  return new BatchError("BATCH_TIMEOUT", "The time was up before a worker had the key");
}

function mayHaveRun(): BatchError {
  const message = "The worker that had the key is gone: whether it was computed is not known";
  return new BatchError("BATCH_FAILED", message);
}

function deadly(): BatchError {
  return new BatchError("BATCH_FAILED", "Two workers have ended while they computed the key");
}

function noRoom(): BatchError {
  const message = "The queue of keys that are computed by themselves is full";
  return new BatchError("BATCH_QUEUE_FULL", message, { retryAfterSeconds: 1 });
}
