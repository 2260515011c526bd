// What a request is told of the batches that served it: in `extensions.batches`, as a rule.

import type { BatchStarted, ReleaseReason } from "../batching/index.ts";

/** One batch that served a request. It says nothing of the keys of others. */
export interface BatchFact {
  /** `Query.upper` */
  readonly field: string;
  /** The batch's name, `upper#17`: who is told of the same one, of the same worker, has shared it. */
  readonly id: string;
  /**
   * In which of several processes that serve together, by its number; or which worker has run it, by its name, where servers
   * share their batches. Not there where there is one process.
   */
  readonly worker?: number | string;
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
    return Array.from(this.#waits, ([batch, waitMs]) => {
      const { field, id, worker, size, reason, runMs } = batch;
      const times = { waitMs: toTenths(waitMs), runMs: toTenths(runMs) };
      return { field, id, ...(worker === undefined ? {} : { worker }), size, ...times, reason };
    });
  }
}

/** The facts of one batch, for all the operations that it serves. */
export interface ServingBatch {
  readonly field: string;
  readonly id: string;
  readonly worker: number | string | undefined;
  readonly size: number;
  readonly reason: ReleaseReason;
  /** Up to now, for one that runs. */
  readonly runMs: number;
}

/** One of this process. */
export class OwnBatch implements ServingBatch {
  readonly field: string;
  readonly id: string;
  readonly worker: number | string | undefined;
  readonly size: number;
  readonly reason: ReleaseReason;
  readonly #startedAt = performance.now();
  endedAt: number | undefined;

  constructor(field: string, worker: number | string | undefined, { id, size, reason }: BatchStarted) {
    this.field = field;
    this.id = id;
    this.worker = worker;
    this.size = size;
    this.reason = reason;
  }

  get runMs(): number {
    return (this.endedAt ?? performance.now()) - this.#startedAt;
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
