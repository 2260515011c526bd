// What batched fields do, for Prometheus: `import { collectMetrics } from "jitney/metrics"`, in any server.

import type { Registry } from "prom-client";
import { VERSION } from "../version.ts";
import { checkNames, type MeasuredField } from "./monitored-field.ts";
import { loadPromClient, type PromClient } from "./prom-client.ts";
import { COUNTERS, GAUGES, type Reading } from "./readings.ts";
import { recordEvents } from "./recordings.ts";

export type { MeasuredField } from "./monitored-field.ts";

export interface MetricsOptions {
  /** Where the metrics go: a registry of prom-client's, yours. */
  readonly registry: Registry;
}

/**
 * Puts the metrics of batched fields into a registry. Their labels are the field, outcomes and release reasons: no key, no
 * value and no partition. Counters and gauges are read at each scrape; a key itself costs one histogram.
 *
 * @returns stops: listens no more, and takes the metrics out of the registry.
 * @throws Error where `prom-client` is not installed, for two fields of one name, and for a registry that has such metrics
 * already.
 * @example
 * const registry = new Registry();
 * const stop = collectMetrics(bindBatchedFields(schema), { registry });
 * console.log(await registry.metrics());
 * stop();
 */
export function collectMetrics(fields: readonly MeasuredField[], { registry }: MetricsOptions): () => void {
  const prom = loadPromClient();
  checkNames(fields);
  if (registry.getSingleMetric("jitney_build_info") !== undefined) {
    throw new Error(
      "The registry has metrics of Jitney already: give it all fields in one call, or stop the first",
    );
  }
  const own = new prom.Registry();
  const registers = [own, registry];
  showVersion(prom, registers);
  for (const counter of COUNTERS) readAtScrapes(prom.Counter, counter, registers, fields);
  for (const gauge of GAUGES) readAtScrapes(prom.Gauge, gauge, registers, fields);
  const stopRecording = recordEvents(prom, registers, fields);
  let isStopped = false;
  return () => {
    // The registry may have others by the same names by now.
    if (isStopped) return;
    isStopped = true;
    stopRecording();
    for (const { name } of own.getMetricsAsArray()) registry.removeSingleMetric(name);
  };
}

function readAtScrapes(
  Metric: PromClient["Counter"] | PromClient["Gauge"],
  { name, help, label, read }: Reading,
  registers: Registry[],
  fields: readonly MeasuredField[],
): void {
  const labelNames = label === undefined ? ["field"] : ["field", label];
  const metric = new Metric({
    name,
    help,
    labelNames,
    registers,
    // All of a scrape is read in one turn of the event loop: its numbers are of one moment, and agree.
    collect() {
      metric.reset();
      for (const { coordinate: field, batcher } of fields) {
        const numbers = read(batcher.stats(), batcher.limits);
        if (typeof numbers === "number") metric.inc({ field }, numbers);
        else if (label !== undefined) {
          for (const [value, number] of Object.entries(numbers ?? {}))
            metric.inc({ field, [label]: value }, number);
        }
      }
    },
  });
}

function showVersion({ Gauge }: PromClient, registers: Registry[]): void {
  const help = "1, with the version of Jitney as a label.";
  new Gauge({ name: "jitney_build_info", help, labelNames: ["version"], registers }).set(
    { version: VERSION },
    1,
  );
}
