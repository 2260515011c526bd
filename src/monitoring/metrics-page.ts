// /metrics: what the batched fields of a server do, and its process, in the text format of Prometheus.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { collectMetrics } from "./metrics.ts";
import type { MeasuredField } from "./monitored-field.ts";
import type { Page } from "./page.ts";
import { processMetrics } from "./process-metrics.ts";
import { loadPromClient } from "./prom-client.ts";
import { sendText } from "./send-text.ts";

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
    sendText(response, 200, await registry.metrics(), { "Content-Type": registry.contentType });
  } catch (error) {
    onError(error);
    sendText(response, 500, "The metrics could not be collected: see the log\n");
  }
}
