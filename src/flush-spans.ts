// Spans that an SDK of OpenTelemetry has recorded and not sent yet, at the end of the process.

import { setTimeout as sleep } from "node:timers/promises";
import { ProxyTracerProvider, trace } from "@opentelemetry/api";

/** A collector that does not answer keeps no server from its end for longer. */
const MOST_MS = 2_000;

/** Has the SDK send what it holds, if there is one that can; resolves when it has, or cannot in time. */
export async function flushSpans(): Promise<void> {
  const given = trace.getTracerProvider();
  const provider = given instanceof ProxyTracerProvider ? given.getDelegate() : given;
  // Not of the API, but every SDK's has it (OpenTelemetry specification, "ForceFlush").
  if (!("forceFlush" in provider) || typeof provider.forceFlush !== "function") return;
  const tooLate = sleep(MOST_MS, undefined, { ref: false });
  await Promise.race([provider.forceFlush(), tooLate]).catch((error: unknown) => {
    process.emitWarning(`the last spans were not sent: ${String(error)}`);
  });
}
