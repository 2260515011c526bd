// A worker's side of one field over one connection: takes chunks, has the field's batchers compute their keys, and answers.

import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage, GetMessage } from "amqplib";
import type { Batcher } from "../batching/batcher.ts";
import { BatchError } from "../batching/index.ts";
import { endWith } from "./broker.ts";
import { ChunkConsumer } from "./chunk-consumer.ts";
import { publishDead } from "./dead-letters.ts";
import type { FieldTotals, FieldWorkerOptions, QueueDepths } from "./field-worker.ts";
import { LoneQueue } from "./lone-queue.ts";
import { LoneTaker } from "./lone-taker.ts";
import { Outbox } from "./outbox.ts";
import { CHECK_EVERY_MS, type Presence } from "./presence.ts";
import { decodeChunk, loneQueueOf, queueOf } from "./protocol.ts";
import { assertLoneQueue, assertQueue } from "./queues.ts";
import { settlesWithin } from "./settles-within.ts";
import { type ReceivedMessage, TakenChunk, TakenKey } from "./taken-chunk.ts";
import { TakenChunks } from "./taken-chunks.ts";
import { deadly, mayHaveRun, noRoom, tooLate } from "./verdicts.ts";
import { toWire } from "./wire-errors.ts";

/** A broker that says nothing for so long is not waited for: what it has not heard, it gives to another worker. */
const SILENCE_MS = 2_000;

export interface LinkedField extends FieldWorkerOptions {
  readonly name: string;
  readonly batcher: Batcher<unknown, unknown>;
  /** Computes each key by itself. */
  readonly lone: Batcher<unknown, unknown>;
  readonly totals: FieldTotals;
}

export class FieldLink {
  readonly #field: LinkedField;
  readonly #channel: Channel;
  /** For keys by themselves: who has sent one knows when the broker has it. */
  readonly #loneChannel: ConfirmChannel;
  readonly #loneQueue: LoneQueue;
  readonly #outbox: Outbox;
  readonly #loneOutbox: Outbox;
  readonly #loneTaker: LoneTaker;
  readonly #presence: Presence;
  readonly #taken = new TakenChunks();
  readonly #presenceChecks: NodeJS.Timeout;
  #shared: ChunkConsumer | undefined;
  #cancel = async (): Promise<void> => {};
  #hasStopped = false;
  /** Nothing can be said any more: the broker gives away again what is not acknowledged. */
  #hasEnded = false;

  private constructor(field: LinkedField, channel: Channel, loneChannel: ConfirmChannel, presence: Presence) {
    this.#field = field;
    this.#channel = channel;
    this.#loneChannel = loneChannel;
    this.#loneQueue = new LoneQueue(loneChannel, field.name);
    this.#loneTaker = new LoneTaker(loneChannel, loneQueueOf(field.name), field.solitude, (message) =>
      this.#takeLone(message),
    );
    this.#outbox = new Outbox(field.worker, channel);
    this.#loneOutbox = new Outbox(field.worker, loneChannel);
    this.#presence = presence;
    this.#presenceChecks = setInterval(() => {
      for (const gateway of this.#taken.gateways) this.#checkPresence(gateway);
    }, CHECK_EVERY_MS).unref();
  }

  /** Resolves when it takes chunks. */
  static async open(field: LinkedField, model: ChannelModel, presence: Presence): Promise<FieldLink> {
    const [channel, loneChannel] = [await model.createChannel(), await model.createConfirmChannel()];
    const link = new FieldLink(field, channel, loneChannel, presence);
    for (const each of [channel, loneChannel]) endWith(each, model, () => link.#end());
    await assertQueue(channel, field.name, field.queues);
    await assertLoneQueue(loneChannel, field.name, field.queues);
    await link.#consume(model);
    return link;
  }

  get openChunks(): number {
    return this.#taken.count;
  }

  async depths(): Promise<QueueDepths> {
    const { name } = this.#field;
    const shared = await this.#channel.checkQueue(queueOf(name));
    const lone = await this.#channel.checkQueue(loneQueueOf(name));
    return { shared: shared.messageCount, lone: lone.messageCount };
  }

  /** What comes after this stays with the broker. */
  async stopTaking(): Promise<void> {
    await settlesWithin(this.#cancel(), SILENCE_MS);
    this.#hasStopped = true;
  }

  /** Resolves when the broker has heard all that was said. */
  async close(): Promise<void> {
    this.#outbox.flush();
    this.#loneOutbox.flush();
    // The end of a connection overtakes what its channels have not written yet; that of a channel does not.
    const closed = [this.#channel, this.#loneChannel].map(async (channel) => channel.close());
    await settlesWithin(Promise.allSettled(closed), SILENCE_MS);
    this.#end();
  }

  async #consume(model: ChannelModel): Promise<void> {
    const { name, batcher, priority } = this.#field;
    const channel = this.#channel;
    const on = (take: (message: ConsumeMessage) => void) => (message: ConsumeMessage | null) => {
      // The queue was deleted: all is made anew.
      if (message === null) void model.close().catch(() => {});
      else if (!this.#hasStopped) take(message);
    };
    const shared = await ChunkConsumer.start(channel, {
      queue: queueOf(name),
      priority,
      limits: () => batcher.limits,
      take: on((message) => this.#take(message)),
    });
    this.#shared = shared;
    this.#loneTaker.start();
    this.#cancel = async () => {
      await Promise.all([shared.cancel(), this.#loneTaker.stop()]);
    };
  }

  #take(message: ConsumeMessage): void {
    const { batcher, totals } = this.#field;
    const chunk = this.#read(message, this.#channel);
    if (chunk === undefined) return;
    this.#shared?.count(chunk.body.keys.length);
    if (!this.#isWanted(chunk, this.#outbox)) return;
    if (!message.fields.redelivered) {
      void this.#load(chunk, batcher, this.#outbox);
      return;
    }
    totals.redelivered += 1;
    if (chunk.body.delivery === "at-most-once") this.#answerAll(chunk, this.#outbox, mayHaveRun());
    else this.#takeApart(chunk);
  }

  /** A key that was in a chunk with which a worker has died; resolves when it is answered. */
  async #takeLone(message: GetMessage): Promise<void> {
    const { lone } = this.#field;
    const chunk = this.#read(message, this.#loneChannel);
    if (chunk !== undefined && this.#isWanted(chunk, this.#loneOutbox)) {
      if (message.fields.redelivered) this.#condemn(chunk);
      else await this.#load(chunk, lone, this.#loneOutbox);
    }
    // What is computed next may end this worker: the broker shall know by then that this key has not.
    this.#loneOutbox.flush();
  }

  /** A key with which, alone, a worker has died. */
  #condemn(chunk: TakenChunk): void {
    const { name, totals, onWarning } = this.#field;
    totals.condemned += 1;
    onWarning(`${name}: a key has ended two workers: it is among the dead letters`);
    publishDead(this.#loneChannel, chunk.message, "a key that has ended two workers");
    this.#answerAll(chunk, this.#loneOutbox, deadly());
  }

  /** Undefined for a message that cannot be read: it is no reason to fail, and may not come again. */
  #read(message: ReceivedMessage, channel: Channel): TakenChunk | undefined {
    const { name, totals, onWarning } = this.#field;
    totals.received += 1;
    try {
      const body = decodeChunk(message.content);
      const chunk: TakenChunk = new TakenChunk(message, body, () => {
        totals.expired += 1;
        chunk.abort();
      });
      return chunk;
    } catch (error) {
      totals.unreadable += 1;
      const reason = error instanceof Error ? error.message : String(error);
      onWarning(`${name}: a message is among the dead letters: ${reason}`);
      publishDead(channel, message, reason);
      channel.ack(message);
      return undefined;
    }
  }

  /** Whether anybody waits for it; who does in vain is told. */
  #isWanted(chunk: TakenChunk, outbox: Outbox): boolean {
    const { totals } = this.#field;
    if (this.#presence.isGone(chunk.replyTo)) {
      totals.orphaned += 1;
      for (const _ of chunk.body.keys) this.#settle(chunk, outbox);
      return false;
    }
    this.#checkPresence(chunk.replyTo);
    if (chunk.msLeft > 0) return true;
    totals.expired += 1;
    this.#answerAll(chunk, outbox, tooLate());
    return false;
  }

  #checkPresence(gateway: string): void {
    this.#presence.check(gateway, () => {
      this.#field.totals.orphaned += this.#taken.abort(gateway);
    });
  }

  /** Resolves when each of its keys has its answer, or needs none. */
  async #load(chunk: TakenChunk, batcher: Batcher<unknown, unknown>, outbox: Outbox): Promise<void> {
    const { keys, partition, maxDelayMs } = chunk.body;
    const { headers = {} } = chunk.message.properties;
    const { signal } = chunk;
    const asAbortSignal = signal.asAbortSignal();
    this.#taken.add(chunk);
    const answered = keys.map(async (key, place) => {
      const taken = new TakenKey(chunk, place);
      try {
        const origin = this.#field.originOf(taken, headers);
        const options = { partition, maxDelayMs: maxDelayMs ?? undefined, signal: asAbortSignal, origin };
        this.#answer(taken, outbox, await batcher.load(key, options), undefined);
      } catch (error) {
        if (signal.aborted) this.#settle(chunk, outbox);
        else if (this.#hasStopped && isShutOut(error)) this.#leave(chunk, outbox);
        else this.#answer(taken, outbox, undefined, error);
      }
    });
    await Promise.all(answered);
  }

  /** Lets go of it when the broker has all of its keys one by one. */
  #takeApart(chunk: TakenChunk): void {
    this.#loneQueue.sendEach(chunk, (key, isTaken) => {
      if (isTaken) this.#settle(chunk, this.#outbox);
      else this.#answer(key, this.#outbox, undefined, noRoom());
      this.#loneTaker.wake();
    });
  }

  /** A key that this worker, which ends, has no time for. */
  #leave(chunk: TakenChunk, outbox: Outbox): void {
    // The broker gives what is not acknowledged to another worker, when this one ends.
    if (outbox === this.#outbox || this.#hasEnded) return;
    // That would be the verdict for a key by itself, and this one has ended nobody.
    this.#loneQueue.sendBack(chunk);
    this.#settle(chunk, outbox);
  }

  #answerAll(chunk: TakenChunk, outbox: Outbox, error: BatchError): void {
    for (const place of chunk.body.keys.keys()) {
      this.#answer(new TakenKey(chunk, place), outbox, undefined, error);
    }
  }

  /** @param error undefined where there is a value. */
  #answer(key: TakenKey, outbox: Outbox, value: unknown, error: unknown): void {
    if (this.#hasEnded) return;
    outbox.answer(key, value, error === undefined ? undefined : toWire(error));
    if (key.chunk.openCount === 0) this.#taken.delete(key.chunk);
  }

  /** A key that gets no answer. */
  #settle(chunk: TakenChunk, outbox: Outbox): void {
    if (this.#hasEnded) return;
    outbox.settle(chunk);
    if (chunk.openCount === 0) this.#taken.delete(chunk);
  }

  #end(): void {
    this.#hasEnded = true;
    clearInterval(this.#presenceChecks);
    void this.#loneTaker.stop();
    for (const gateway of this.#taken.gateways) this.#taken.abort(gateway);
  }
}

function isShutOut(error: unknown): boolean {
  return error instanceof BatchError && error.code === "BATCH_SHUTTING_DOWN";
}
