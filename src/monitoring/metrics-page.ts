// /metrics: what the batched fields of a server do, and its process, in the text format of Prometheus.

import type { IncomingMessage, ServerResponse } from "node:http";
import { collectMetrics } from "./metrics.ts";
import type { MeasuredField } from "./monitored-field.ts";
import { type Metric, register } from "./more-metrics.ts";
import type { Page } from "./page.ts";
import { processMetrics } from "./process-metrics.ts";
import { loadPromClient } from "./prom-client.ts";
import { sendText } from "./send-text.ts";
import { metricsOfAll, type SharedMetrics } from "./worker-metrics.ts";

export interface MetricsPage extends Page {
  /** Listens to the fields no more. */
  stop(): void;
}

/**
 * @param onError told of what makes a scrape fail.
 * @param more metrics beside those of the fields.
 * @param shared where several processes serve together.
 * @throws Error where `prom-client` is not installed.
 */
export function createMetricsPage(
  fields: readonly MeasuredField[],
  onError: (error: unknown) => void,
  shared?: SharedMetrics,
  more: readonly Metric[] = [],
): MetricsPage {
  const prom = loadPromClient();
  const ofFields = new prom.Registry();
  const stop = collectMetrics(fields, { registry: ofFields });
  for (const metric of more) register(prom, metric, ofFields);
  const registry = prom.Registry.merge([ofFields, processMetrics(prom)]);
  const read = (): Promise<string> => registry.metrics();
  if (shared !== undefined) {
    registry.setDefaultLabels({ worker: String(shared.number) });
    shared.share(read);
  }
  const readAll = shared === undefined ? read : () => metricsOfAll(read(), shared);
  const { contentType } = registry;
  return {
    isOpen: false,
    stop,
    answer: (_request, response) => void send(response, readAll, contentType, onError),
  };
}

async function send(
  response: ServerResponse<IncomingMessage>,
  read: () => Promise<string>,
  contentType: string,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    sendText(response, 200, await read(), { "Content-Type": contentType });
  } catch (error) {
    onError(error);
    sendText(response, 500, "The metrics could not be collected: see the log\n");
  }
}
