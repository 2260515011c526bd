// Tells those who load a field which batch serves them, and traces that.

import { harmless } from "../batching/harmless.ts";
import type { BatchCaller, WatchBatch } from "../batching/index.ts";
import type { PassedBatch } from "../batching/passing-on.ts";
import { type BatchFacts, factsOf, OwnBatch, type ServingBatch } from "./batch-facts.ts";
import { activeSpan, spanFrom, startBatchSpan, startPassingSpan, type WaitingSpan } from "./batch-span.ts";

/** What a load says of itself (`LoadOptions.origin`): who wants to know of its batch. */
export interface Origin {
  readonly facts: Pick<BatchFacts, "add"> | undefined;
  readonly span: ReturnType<typeof activeSpan>;
}

/** To be called in a resolver; undefined where nobody wants to know. */
export function originOf(context: unknown): Origin | undefined {
  const facts = factsOf(context);
  const span = activeSpan();
  return facts === undefined && span === undefined ? undefined : { facts, span };
}

/**
 * The origin of a load for somebody in another process.
 *
 * @param facts told of the batch when it starts.
 * @param headers of the message that the key came with: what `propagation.inject` has put there.
 */
export function originFrom(facts: Origin["facts"], headers: Readonly<Record<string, unknown>>): Origin {
  return { facts, span: spanFrom(headers) };
}

/**
 * @param field `Query.upper`
 * @param worker which of several processes this is.
 */
export function watchBatchesOf(field: string, worker?: number | string): WatchBatch {
  return (batch, callers) => {
    const facts = new OwnBatch(field, worker, batch);
    for (const caller of callers) tell(caller, facts);
    // Where the SDK throws, facts are told all the same.
    const span = harmless(() => startBatchSpan(field, batch, callers.flatMap(waitingSpanOf)));
    return {
      run: (call) => (span === undefined ? call() : span.run(call)),
      join(caller) {
        tell(caller, facts);
        for (const waiting of waitingSpanOf(caller)) span?.link(waiting);
      },
      end(ended) {
        facts.endedAt = performance.now();
        span?.end(ended);
      },
    };
  };
}

/**
 * The same for a field whose keys are passed on: callers are told of the batches elsewhere that their keys were part of.
 *
 * @param field `Query.upper`
 */
export function watchPassedOn(field: string): WatchBatch {
  // The same object for all the keys of a batch: an operation is told of it once.
  const known = new WeakMap<PassedBatch, ServingBatch>();
  return (batch, callers) => {
    const span = harmless(() => startPassingSpan(field, batch, callers.flatMap(waitingSpanOf)));
    return {
      run: (call) => (span === undefined ? call() : span.run(call)),
      join(caller) {
        for (const waiting of waitingSpanOf(caller)) span?.link(waiting);
      },
      served(caller, passed) {
        const facts = known.get(passed) ?? { field, ...passed };
        known.set(passed, facts);
        tell(caller, facts);
      },
      end: (ended) => span?.end(ended),
    };
  };
}

function tell({ origin, waitMs }: BatchCaller, batch: ServingBatch): void {
  (origin as Origin).facts?.add(batch, waitMs);
}

/** The span of a caller, if it has one. */
function waitingSpanOf({ origin, waitMs }: BatchCaller): readonly WaitingSpan[] {
  const { span } = origin as Origin;
  return span === undefined ? [] : [{ span, waitMs }];
}
