// Traces by OpenTelemetry: one span for each batch, with links to the spans that wait for it, and from those to it. The
// SDK is the program's to set up; without one nothing is recorded.

import {
  type Attributes,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { harmless } from "../batching/harmless.ts";
import type { BatchEnded, BatchStarted } from "../batching/index.ts";
import { VERSION } from "../version.ts";

/** Finds an SDK that is set up later, too. */
const tracer = trace.getTracer("jitney", VERSION);

/** The span in which this is called: in a resolver, that of its field or its request. */
export function activeSpan(): Span | undefined {
  const span = trace.getActiveSpan();
  return span !== undefined && isSpanContextValid(span.spanContext()) ? span : undefined;
}

/** The same one for the same headers: the keys of one message have been waiting in one span. */
const remoteSpans = new WeakMap<object, Span | undefined>();

/** The span of another process, of which the headers of a message tell; undefined where they do not. */
export function spanFrom(headers: Readonly<Record<string, unknown>>): Span | undefined {
  if (remoteSpans.has(headers)) return remoteSpans.get(headers);
  const span = trace.getSpan(propagation.extract(ROOT_CONTEXT, headers));
  remoteSpans.set(headers, span);
  return span;
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
  return startSpan(`batch ${field}`, SpanKind.INTERNAL, field, batch, waiting);
}

/** The same for keys that are passed on together, which is not what computes them. */
export function startPassingSpan(
  field: string,
  batch: BatchStarted,
  waiting: readonly WaitingSpan[],
): BatchSpan | undefined {
  return startSpan(`send ${field}`, SpanKind.PRODUCER, field, batch, waiting);
}

function startSpan(
  spanName: string,
  kind: SpanKind,
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
  const unique = uniqueSpans(waiting);
  const links = unique.map(({ span, waitMs }) => linkTo(span, { "jitney.wait_ms": waitMs }));
  const span = tracer.startSpan(spanName, { root: true, kind, attributes, links }, ROOT_CONTEXT);
  if (!isSpanContextValid(span.spanContext())) return undefined;
  return new BatchSpan(span, name, unique);
}

/**
 * The span of a batch that runs, in a trace of its own: of the many that wait for it none is its parent. Which is what
 * links are for (OpenTelemetry specification, "Links between spans").
 */
class BatchSpan {
  readonly #span: Span;
  readonly #name: Attributes;
  /** Those that are linked with it: one of them may wait for several keys. */
  readonly #linked: Set<Span>;

  /** @param waiting those that it has been linked to, each once; they are linked to it here. */
  constructor(span: Span, name: Attributes, waiting: readonly WaitingSpan[]) {
    this.#span = span;
    this.#name = name;
    this.#linked = new Set(waiting.map((one) => one.span));
    for (const one of waiting) this.#linkBack(one);
  }

  /** Links it with one that has come while it runs. */
  link(waiting: WaitingSpan): void {
    if (this.#linked.has(waiting.span)) return;
    this.#linked.add(waiting.span);
    addLink(this.#span, waiting.span, { "jitney.wait_ms": waiting.waitMs });
    this.#linkBack(waiting);
  }

  /** Runs the batch function in it: what that asks of a database, say, is below it. Nobody's context is in it. */
  run<Result>(call: () => Result): Result {
    return context.with(trace.setSpan(ROOT_CONTEXT, this.#span), call);
  }

  end({ outcome, calls, failedKeys, keyErrors, error }: BatchEnded): void {
    const span = this.#span;
    try {
      span.setAttributes({
        "jitney.batch.outcome": outcome,
        "jitney.batch.calls": calls,
        "jitney.batch.failed_keys": failedKeys + keyErrors.length,
      });
      if (outcome === "failed" || outcome === "abandoned") span.setStatus({ code: SpanStatusCode.ERROR });
      if (error !== undefined) {
        span.setAttribute("error.type", typeOf(error));
        // Last: it reads properties of an error that is the user's, and each of them may throw.
        span.recordException(error);
      }
    } finally {
      span.end();
    }
  }

  /** A span that has ended, or a batch that nobody records, has no use for a link. */
  #linkBack({ span, waitMs }: WaitingSpan): void {
    if (!this.#span.isRecording() || !span.isRecording()) return;
    addLink(span, this.#span, { ...this.#name, "jitney.wait_ms": waitMs });
  }
}

function linkTo(span: Span, attributes: Attributes) {
  return { context: span.spanContext(), attributes };
}

/** A link that fails harms no other, and not the batch. Spans of older SDKs take none once they have started. */
function addLink(from: Span, to: Span, attributes: Attributes): void {
  harmless(() => from.addLink?.(linkTo(to, attributes)));
}

/** Each span once, with the longest wait of its keys: the first of them may be one that it came to share late. */
function uniqueSpans(waiting: readonly WaitingSpan[]): readonly WaitingSpan[] {
  const waits = new Map<Span, number>();
  for (const { span, waitMs } of waiting) waits.set(span, Math.max(waitMs, waits.get(span) ?? 0));
  return Array.from(waits, ([span, waitMs]) => ({ span, waitMs }));
}

/** The error's name; else what the semantic conventions have for others. */
function typeOf(error: Error): string {
  try {
    const name: unknown = error.name;
    if (typeof name === "string" && name !== "") return name;
  } catch {}
  return "_OTHER";
}
