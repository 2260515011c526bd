// The end of a process that traces: what was recorded is sent, but nobody waits for a collector for long.

import { once } from "node:events";
import { createRequire } from "node:module";
import { trace } from "@opentelemetry/api";
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, expect, test } from "vitest";
import { flushSpans } from "../../src/command/flush-spans.ts";

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

test("spans of an SDK that has a copy of the API of its own are sent", async () => {
  let isFlushed = false;
  const provider = providerThat(async () => {
    isFlushed = true;
  });
  otherCopyOfAPI().trace.setGlobalTracerProvider(provider);
  await flushSpans();
  expect(isFlushed).toBe(true);
});

/** As two packages have it that need other versions of it. */
function otherCopyOfAPI(): typeof import("@opentelemetry/api") {
  const require = createRequire(import.meta.url);
  const parts = () => Object.keys(require.cache).filter((path) => path.includes("/@opentelemetry/api/"));
  for (const path of parts()) delete require.cache[path];
  return require("@opentelemetry/api");
}

test("a collector that throws at once is told as one that fails, whatever it throws", async () => {
  const broken = (): never => {
    throw Object.create(null);
  };
  trace.setGlobalTracerProvider(providerThat(broken));
  const warned = once(process, "warning");
  await flushSpans();
  expect((await warned)[0].message).toMatch(/^the last spans were not sent: object: /);
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
