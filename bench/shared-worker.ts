// A worker of shared.ts, in a process of its own. What its batches were goes along with the answers, as with the command's.

// As the command has it.
import "../src/command/young-garbage.ts";
import type { BatchStarted } from "../src/batching/events.ts";
import { createBatcher } from "../src/batching/index.ts";
import type { BatchCaller, BatchWatch } from "../src/batching/watch.ts";
import { BatchWorker, type QueueType } from "../src/cluster/index.ts";
import type { TakenKey } from "../src/cluster/taken-chunk.ts";
import { answerQuestions, until } from "../test/support/questions.ts";
import { COORDINATE, Upper, type UpperOptions } from "./shared-upper.ts";

export interface WorkerSettings extends UpperOptions {
  readonly url: string;
  readonly maxDelayMs: number;
  readonly concurrency: number;
  readonly queueType?: QueueType;
}

const { url, maxDelayMs, concurrency, callMs, queueType }: WorkerSettings = JSON.parse(process.argv[2] ?? "");
const upper = new Upper({ callMs });
const name = `worker ${process.pid}`;
const batcher = createBatcher(upper.compute, { maxDelayMs, concurrency, watchBatch });
const worker = new BatchWorker({
  url,
  name,
  ...(queueType && { queueType }),
  fields: [
    {
      coordinate: COORDINATE,
      batcher: batcher as never,
      makeLone: () => createBatcher(upper.compute, { maxBatchSize: 1, concurrency: 1 }) as never,
    },
  ],
  originOf: (key) => key,
  onWarning: (message) => console.error(message),
});

answerQuestions({
  connected: () => until(() => worker.isConnected),
  calls: () => upper.calls,
  chunks: () => worker.fields[0]?.totals.received ?? 0,
  cpu: () => process.cpuUsage().user + process.cpuUsage().system,
});

function watchBatch({ id, size, reason }: BatchStarted, callers: readonly BatchCaller[]): BatchWatch {
  const startedAt = performance.now();
  return {
    run(call) {
      const values = call();
      const batch = {
        field: COORDINATE,
        id,
        worker: name,
        size,
        reason,
        runMs: performance.now() - startedAt,
      };
      for (const { origin } of callers) (origin as TakenKey).add(batch);
      return values;
    },
    join() {},
    end() {},
  };
}
