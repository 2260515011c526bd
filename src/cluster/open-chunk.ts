// Keys that a gateway has sent, or is about to, and that have no answer: each gets exactly one.

import type { KeyResult } from "../batching/batch-function.ts";
import { BatchError } from "../batching/index.ts";
import type { Delivery, PassedBatch, PassingContext } from "../batching/passing-on.ts";

/** Where an answer is put. */
type Settle = (result: unknown) => void;

export class OpenChunk {
  readonly id: string;
  /** The queue that it goes to. */
  readonly queue: string;
  readonly content: Buffer;
  /** The headers of its message: the context of a trace. */
  readonly headers: Readonly<Record<string, string>>;
  readonly delivery: Delivery;
  /** When its last caller gives up, as `performance.now()` has it. */
  readonly expiresAt: number;
  /** One result a key, in their order. */
  readonly results: KeyResult<unknown>[];
  /** Whether a broker may have got it. */
  isSent = false;
  readonly #context: PassingContext;
  /** Of the keys without an answer, by the place of the key among those that were sent. */
  readonly #open = new Map<number, { readonly settle: Settle; readonly place: number }>();

  /** @param known what is known already: errors of keys that cannot be sent; undefined for the others. */
  constructor(
    {
      id,
      queue,
      content,
      headers,
      delivery,
      expiresAt,
    }: Pick<OpenChunk, "id" | "queue" | "content" | "headers" | "delivery" | "expiresAt">,
    known: readonly (Error | undefined)[],
    context: PassingContext,
  ) {
    this.id = id;
    this.queue = queue;
    this.content = content;
    this.headers = headers;
    this.delivery = delivery;
    this.expiresAt = expiresAt;
    this.#context = context;
    this.results = known.map((error, place) => {
      if (error !== undefined) return error;
      const { promise, resolve } = Promise.withResolvers<unknown>();
      this.#open.set(this.#open.size, { settle: resolve, place });
      return promise;
    });
  }

  get isAnswered(): boolean {
    return this.#open.size === 0;
  }

  /** A second answer to a key is no answer. */
  answer(index: number, result: unknown, batch: PassedBatch | undefined): void {
    const key = this.#open.get(index);
    if (key === undefined) return;
    this.#open.delete(index);
    if (batch !== undefined) this.#context.servedBy(key.place, batch);
    key.settle(result);
  }

  /** Ends all that is open: each with an error of its own. */
  fail(errorForOne: () => Error): void {
    for (const index of [...this.#open.keys()]) this.answer(index, errorForOne(), undefined);
  }
}

export function queueFull(): BatchError {
  // The broker says no more than that it is: a second is what a queue of 10,000 chunks takes to change much.
  return new BatchError("BATCH_QUEUE_FULL", "The shared queue is full", { retryAfterSeconds: 1 });
}

export function notKnown(): BatchError {
  const message = "The connection to the broker was lost: whether the key was computed is not known";
  return new BatchError("BATCH_FAILED", message);
}
