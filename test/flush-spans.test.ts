// The end of a process that traces: what was recorded is sent, but nobody waits for a collector for long.

import { once } from "node:events";
import { trace } from "@opentelemetry/api";
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, expect, test } from "vitest";
import { flushSpans } from "../src/flush-spans.ts";

afterEach(() => {
  trace.disable();
});

/** A provider of a real SDK, but for how it flushes. */
function providerThat(flushes: () => Promise<void>): TracerProvider {
  return Object.assign(new TracerProvider(), { forceFlush: flushes });
}

test("without an SDK there is nothing to send", async () => {
  await flushSpans();
});

test("spans that wait for their batch are sent", async () => {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] }),
  );
  trace.getTracer("test").startSpan("last").end();
  expect(exporter.getFinishedSpans()).toHaveLength(0);
  await flushSpans();
  expect(exporter.getFinishedSpans()).toHaveLength(1);
});

test("a collector that fails is told as a warning, and keeps nobody", async () => {
  trace.setGlobalTracerProvider(providerThat(() => Promise.reject(new Error("no route"))));
  const warned = once(process, "warning");
  await flushSpans();
  expect(await warned).toMatchObject([{ message: "the last spans were not sent: Error: no route" }]);
});

test("a collector that does not answer is waited for no longer than two seconds", async () => {
  trace.setGlobalTracerProvider(providerThat(() => new Promise(() => {})));
  const startedAt = performance.now();
  await flushSpans();
  expect(performance.now() - startedAt).toBeGreaterThan(1_900);
});
