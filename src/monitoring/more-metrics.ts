// Metrics of other parts of the server, which know no Prometheus: read at each scrape.

import type { Registry } from "prom-client";
import type { PromClient } from "./prom-client.ts";

export interface Metric {
  readonly name: string;
  readonly help: string;
  /** A counter only grows. */
  readonly type: "counter" | "gauge";
  /** The labels that its series have. */
  readonly labels: readonly string[];
  /** Its series in this moment. */
  readonly read: () => readonly Series[] | Promise<readonly Series[]>;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function register({ Counter, Gauge }: PromClient, metric: Metric, registry: Registry): void {
  const { name, help, labels, read } = metric;
  const Type = metric.type === "counter" ? Counter : Gauge;
  const made = new Type({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    async collect() {
      const series = await read();
      made.reset();
      for (const { labels: values, value } of series) made.inc(values, value);
    },
  });
}
