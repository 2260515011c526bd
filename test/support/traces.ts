// A real OpenTelemetry SDK for the process of a test, which keeps what it records.

import { context, type Link, type Span, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

export interface Traces {
  /** The spans of that name that have ended, in the order in which they did. */
  spans(name: string): readonly ReadableSpan[];
  /** Runs something in a span, and ends that when it is done. */
  inSpan<Result>(name: string, run: (span: Span) => Promise<Result>): Promise<Result>;
}

/** For this process from now on; once. */
export function startSDK(sampler?: Sampler): Traces {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  const spanLimits = { linkCountLimit: 10_000 };
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors, spanLimits, ...(sampler === undefined ? {} : { sampler }) }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    spans: (name) => exporter.getFinishedSpans().filter((span) => span.name === name),
    inSpan: (name, run) =>
      trace.getTracer("test").startActiveSpan(name, async (span) => {
        try {
          return await run(span);
        } finally {
          span.end();
        }
      }),
  };
}

/** Which spans these links lead to. */
export function idsOf(links: readonly Link[]): readonly string[] {
  return links.map(({ context: { spanId } }) => spanId).sort();
}

export function idOf(span: Span | ReadableSpan): string {
  return span.spanContext().spanId;
}
