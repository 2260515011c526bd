// /metrics: what the batched fields of a server do, and its process, in the text format of Prometheus.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { collectMetrics, type MeasuredField } from "./metrics.ts";
import type { Page } from "./page.ts";
import { processMetrics } from "./process-metrics.ts";
import { loadPromClient } from "./prom-client.ts";

export interface MetricsPage extends Page {
  /** Listens to the fields no more. */
  stop(): void;
}

/**
 * @param onError told of what makes a scrape fail.
 * @throws Error where `prom-client` is not installed.
 */
export function createMetricsPage(
  fields: readonly MeasuredField[],
  onError: (error: unknown) => void,
): MetricsPage {
  const prom = loadPromClient();
  const ofFields = new prom.Registry();
  const stop = collectMetrics(fields, { registry: ofFields });
  const registry = prom.Registry.merge([ofFields, processMetrics(prom)]);
  return { isOpen: false, stop, answer: (_request, response) => void send(response, registry, onError) };
}

async function send(
  response: ServerResponse<IncomingMessage>,
  registry: Registry,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    sendText(response, 200, registry.contentType, await registry.metrics());
  } catch (error) {
    onError(error);
    sendText(response, 500, "text/plain; charset=utf-8", "The metrics could not be collected: see the log\n");
  }
}

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}
