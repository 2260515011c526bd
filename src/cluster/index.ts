// Batches that many servers share over RabbitMQ: `import { sharedBatch } from "jitney/cluster"`.

export { BatchWorker, type BatchWorkerOptions } from "./batch-worker.ts";
export type { FieldTotals, WorkedField } from "./field-worker.ts";
export type { QueueOptions, QueueType } from "./queue-options.ts";
export { type SharedBatch, type SharedBatchOptions, sharedBatch } from "./shared-batch.ts";
