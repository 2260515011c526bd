// What a request is told of the batches that served it: in `extensions.batches`, as a rule.

import type { BatchStarted, ReleaseReason } from "../batching/index.ts";

/** One batch that served a request. It says nothing of the keys of others. */
export interface BatchFact {
  /** `Query.upper` */
  readonly field: string;
  /** The batch's name, `upper#17`: who is told of the same one, of the same worker, has shared it. */
  readonly id: string;
  /** In which of several processes that serve together; not there where there is one. */
  readonly worker?: number;
  /** How many keys it held. */
  readonly size: number;
  /** For how long this request's key had waited when it left, in milliseconds; of several keys, the longest. */
  readonly waitMs: number;
  /** How long the batch function ran, in milliseconds; so far, where it goes on for others. */
  readonly runMs: number;
  /** Why it left. */
  readonly reason: ReleaseReason;
}

/**
 * Where a context keeps the BatchFacts of its operation, for batched fields to fill. The events of a subscription have one
 * context: a new BatchFacts put there after each event keeps what they are told apart.
 *
 * @example
 * const facts = new BatchFacts();
 * const contextValue = { [BATCH_FACTS]: facts };
 * const result = await graphql({ schema, source, contextValue });
 * const answer = { ...result, extensions: { ...result.extensions, batches: facts.list() } };
 */
export const BATCH_FACTS = Symbol.for("jitney.batchFacts");

/** Gathers what is told to one operation; see BATCH_FACTS. */
export class BatchFacts {
  /** The batches, in the order in which they left, and how long a key of this operation waited for each. */
  readonly #waits = new Map<ServingBatch, number>();

  /** For batched fields alone. */
  add(batch: ServingBatch, waitMs: number): void {
    this.#waits.set(batch, Math.max(waitMs, this.#waits.get(batch) ?? 0));
  }

  /** Those of which keys of this operation have been part so far; times are rounded to tenths of a millisecond. */
  list(): readonly BatchFact[] {
    const now = performance.now();
    return Array.from(this.#waits, ([batch, waitMs]) => {
      const { field, id, worker, size, reason, startedAt, endedAt = now } = batch;
      const times = { waitMs: toTenths(waitMs), runMs: toTenths(endedAt - startedAt) };
      return { field, id, ...(worker === undefined ? {} : { worker }), size, ...times, reason };
    });
  }
}

/** The facts of one batch, for all the operations that it serves. */
export class ServingBatch {
  readonly field: string;
  readonly id: string;
  readonly worker: number | undefined;
  readonly size: number;
  readonly reason: ReleaseReason;
  readonly startedAt = performance.now();
  endedAt: number | undefined;

  constructor(field: string, worker: number | undefined, { id, size, reason }: BatchStarted) {
    this.field = field;
    this.id = id;
    this.worker = worker;
    this.size = size;
    this.reason = reason;
  }
}

/** The one in the context of an operation, if it wants to be told. */
export function factsOf(context: unknown): BatchFacts | undefined {
  if (typeof context !== "object" || context === null || !(BATCH_FACTS in context)) return undefined;
  return context[BATCH_FACTS] as BatchFacts | undefined;
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
