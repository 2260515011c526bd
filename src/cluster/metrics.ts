// What a gateway and a worker tell of themselves, for who collects metrics.

import type { Metric, Series } from "../monitoring/more-metrics.ts";
import type { BatchWorker } from "./batch-worker.ts";
import type { FieldTotals, FieldWorker } from "./field-worker.ts";
import type { Gateway, GatewayTotals } from "./gateway.ts";

const SENT: readonly (readonly [keyof GatewayTotals, string, string])[] = [
  ["sent", "jitney_chunks_sent_total", "Messages with keys that went to the broker."],
  ["sentAgain", "jitney_chunks_sent_again_total", "Those of them that went again, over a new connection."],
  ["refused", "jitney_chunks_refused_total", "Those that a full queue refused."],
];

const TAKEN: readonly (readonly [keyof FieldTotals, string, string])[] = [
  ["received", "jitney_chunks_received_total", "Messages with keys that came from the broker."],
  [
    "redelivered",
    "jitney_chunks_redelivered_total",
    "Those that a worker before this one had not answered: it died, or lost its connection.",
  ],
  [
    "expired",
    "jitney_chunks_expired_total",
    "Those whose callers had given up before their keys were computed.",
  ],
  ["orphaned", "jitney_chunks_orphaned_total", "Those whose gateway was gone."],
  ["unreadable", "jitney_chunks_unreadable_total", "Those that are not as the protocol has them."],
  ["condemned", "jitney_keys_condemned_total", "Keys with which two workers have ended."],
];

export function gatewayMetrics(gateway: Gateway): readonly Metric[] {
  return [
    connected(gateway),
    ...SENT.map(([total, name, help]) => one(name, help, "counter", () => gateway.totals[total])),
    one("jitney_open_chunks", "Messages with keys that have no answer.", "gauge", () => gateway.openChunks),
  ];
}

export function workerMetrics(worker: BatchWorker): readonly Metric[] {
  const { fields } = worker;
  return [
    connected(worker),
    ...TAKEN.map(([total, name, help]) =>
      ofFields(name, help, "counter", fields, ({ totals }) => totals[total]),
    ),
    ofFields(
      "jitney_open_chunks",
      "Messages with keys that have no answer.",
      "gauge",
      fields,
      (field) => field.openChunks,
    ),
    {
      name: "jitney_queue_chunks",
      help: "Messages with keys that wait at the broker, of all gateways; in the queue `lone`, of keys that are computed by themselves.",
      type: "gauge",
      labels: ["field", "queue"],
      read: async () => (await Promise.all(fields.map(depthsOf))).flat(),
    },
  ];
}

async function depthsOf(field: FieldWorker): Promise<readonly Series[]> {
  const depths = await field.depths();
  if (depths === undefined) return [];
  return Object.entries(depths).map(([queue, value]) => ({ labels: { field: field.name, queue }, value }));
}

function connected(side: { readonly isConnected: boolean }): Metric {
  const help = "1 while the broker can be reached, 0 while it cannot.";
  return one("jitney_broker_connected", help, "gauge", () => (side.isConnected ? 1 : 0));
}

function one(name: string, help: string, type: Metric["type"], read: () => number): Metric {
  return { name, help, type, labels: [], read: () => [{ labels: {}, value: read() }] };
}

function ofFields(
  name: string,
  help: string,
  type: Metric["type"],
  fields: readonly FieldWorker[],
  read: (field: FieldWorker) => number,
): Metric {
  const series = (field: FieldWorker): Series => ({ labels: { field: field.name }, value: read(field) });
  return { name, help, type, labels: ["field"], read: () => fields.map(series) };
}
