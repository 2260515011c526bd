// Spans that an SDK of OpenTelemetry has recorded and not sent yet, at the end of the process.

import { setTimeout as sleep } from "node:timers/promises";
import { trace } from "@opentelemetry/api";
import { loggedError } from "../server/log/logged-error.ts";

/** A collector that does not answer keeps no server from its end for longer. */
const MOST_MS = 2_000;

/** Has the SDK send what it holds, if there is one that can; resolves when it has, or cannot in time. */
export async function flushSpans(): Promise<void> {
  const provider = delegateOf(trace.getTracerProvider());
  // Not of the API, but every SDK's has it (OpenTelemetry specification, "ForceFlush").
  if (!("forceFlush" in provider) || typeof provider.forceFlush !== "function") return;
  const tooLate = sleep(MOST_MS, undefined, { ref: false });
  try {
    await Promise.race([provider.forceFlush(), tooLate]);
  } catch (error) {
    const { type, message } = loggedError(error);
    process.emitWarning(`the last spans were not sent: ${type}: ${message}`);
  }
}

/** What a ProxyTracerProvider stands for. By name: it may be the class of another copy of the API, the SDK's own. */
function delegateOf(provider: object): object {
  if (!("getDelegate" in provider) || typeof provider.getDelegate !== "function") return provider;
  return provider.getDelegate();
}
