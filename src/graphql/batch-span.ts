// Traces by OpenTelemetry: one span for each batch, with links to the spans that wait for it, and from those to it. The
// SDK is the program's to set up; without one nothing is recorded.

import {
  type Attributes,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { BatchEnded, BatchStarted } from "../batching/index.ts";

/** Finds an SDK that is set up later, too. */
const tracer = trace.getTracer("jitney");

/** The span in which this is called: in a resolver, that of its field or its request. */
export function activeSpan(): Span | undefined {
  const span = trace.getActiveSpan();
  return span !== undefined && isSpanContextValid(span.spanContext()) ? span : undefined;
}

/** A span in which a key of the batch was loaded. */
export interface WaitingSpan {
  readonly span: Span;
  /** For how long the key had waited when the batch left, in milliseconds. */
  readonly waitMs: number;
}

/** @returns undefined where there is no SDK. */
export function startBatchSpan(
  field: string,
  batch: BatchStarted,
  waiting: readonly WaitingSpan[],
): BatchSpan | undefined {
  const { id, partition, size, reason, waitMs } = batch;
  const name: Attributes = { "jitney.field": field, "jitney.batch.id": id };
  const attributes: Attributes = {
    ...name,
    "jitney.batch.size": size,
    "jitney.batch.release_reason": reason,
    "jitney.batch.wait_ms": waitMs,
  };
  if (partition !== "") attributes["jitney.partition"] = partition;
  const links = uniqueSpans(waiting).map(({ span, waitMs }) => linkTo(span, { "jitney.wait_ms": waitMs }));
  const span = tracer.startSpan(`batch ${field}`, { root: true, attributes, links }, ROOT_CONTEXT);
  if (!isSpanContextValid(span.spanContext())) return undefined;
  return new BatchSpan(span, name, waiting);
}

/**
 * The span of a batch that runs, in a trace of its own: of the many that wait for it none is its parent. Which is what
 * links are for (OpenTelemetry specification, "Links between spans").
 */
export class BatchSpan {
  readonly #span: Span;
  readonly #name: Attributes;
  /** Those that are linked with it: one of them may wait for several keys. */
  readonly #linked = new Set<Span>();

  /** @param waiting those that it has been linked to; they are linked to it here. */
  constructor(span: Span, name: Attributes, waiting: readonly WaitingSpan[]) {
    this.#span = span;
    this.#name = name;
    for (const one of waiting) this.#linkBack(one);
  }

  /** Links it with one that has come while it runs. */
  link(waiting: WaitingSpan): void {
    if (this.#linked.has(waiting.span)) return;
    this.#span.addLink(linkTo(waiting.span, { "jitney.wait_ms": waiting.waitMs }));
    this.#linkBack(waiting);
  }

  /** Runs the batch function in it: what that asks of a database, say, is below it. Nobody's context is in it. */
  run<Result>(call: () => Result): Result {
    return context.with(trace.setSpan(ROOT_CONTEXT, this.#span), call);
  }

  end({ outcome, calls, failedKeys, keyErrors, error }: BatchEnded): void {
    this.#span.setAttributes({
      "jitney.batch.outcome": outcome,
      "jitney.batch.calls": calls,
      "jitney.batch.failed_keys": failedKeys + keyErrors.length,
    });
    if (error !== undefined) {
      this.#span.recordException(error);
      this.#span.setAttribute("error.type", error.name);
    }
    if (outcome === "failed" || outcome === "abandoned") this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }

  /** A span that has ended, or a batch that nobody records, has no use for a link. */
  #linkBack({ span, waitMs }: WaitingSpan): void {
    if (this.#linked.has(span)) return;
    this.#linked.add(span);
    if (!this.#span.isRecording() || !span.isRecording()) return;
    span.addLink(linkTo(this.#span, { ...this.#name, "jitney.wait_ms": waitMs }));
  }
}

function linkTo(span: Span, attributes: Attributes) {
  return { context: span.spanContext(), attributes };
}

/** Of several keys of one span the first, which has waited longest. */
function uniqueSpans(waiting: readonly WaitingSpan[]): readonly WaitingSpan[] {
  const seen = new Set<Span>();
  return waiting.filter(({ span }) => !seen.has(span) && seen.add(span));
}
