// Gateways and workers in the process of a test, which ends them.

import { connect } from "amqplib";
import { onTestFinished } from "vitest";
import { BatchWorker, type SharedBatchOptions, sharedBatch } from "../../src/cluster/index.ts";
import {
  type Batcher,
  type BatcherOptions,
  type BatchFunction,
  createBatcher,
  type Limits,
} from "../../src/index.ts";

/** How many fields a test file has used, whose queues a broker keeps. */
let lastField = 0;

/** A field that no other test has. */
export function newField(): string {
  lastField += 1;
  return `Query.field${lastField}`;
}

export interface SharedField<K, V> {
  readonly batcher: Batcher<K, V>;
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

export function newGateway<K, V>(
  field: string,
  options: SharedBatchOptions,
  batcherOptions: BatcherOptions<K> = {},
): SharedField<K, V> {
  const warnings: string[] = [];
  const shared = sharedBatch<K, V>(field, { onWarning: (message) => warnings.push(message), ...options });
  const batcher = createBatcher(shared, { timeoutMs: 10_000, ...batcherOptions });
  onTestFinished(() => shared.close());
  return { batcher, warnings, close: () => shared.close() };
}

export interface WorkerSettings<K> extends Omit<SharedBatchOptions, "delivery" | "onWarning"> {
  readonly options?: BatcherOptions<K>;
}

export interface StartedWorker {
  readonly worker: BatchWorker;
  readonly warnings: readonly string[];
  /** The batcher of its field. */
  readonly batcher: Batcher<unknown, unknown>;
}

const LIMITS: Partial<Limits> = { maxDelayMs: 1, concurrency: 2 };

/** Resolves when it takes chunks, or has said why it does not. */
export async function newWorker<K, V>(
  field: string,
  compute: BatchFunction<K, V>,
  { options, ...settings }: WorkerSettings<K>,
): Promise<StartedWorker> {
  const warnings: string[] = [];
  const { promise: isUp, resolve } = Promise.withResolvers<void>();
  const newBatcher = (limits: Partial<Limits>): Batcher<unknown, unknown> =>
    createBatcher(compute, { ...LIMITS, ...options, ...limits }) as unknown as Batcher<unknown, unknown>;
  const batcher = newBatcher({});
  const worker = new BatchWorker({
    ...settings,
    fields: [{ coordinate: field, batcher, makeLone: () => newBatcher({ maxBatchSize: 1, concurrency: 1 }) }],
    onWarning: (message) => {
      warnings.push(message);
      resolve();
    },
    onUp: resolve,
  });
  onTestFinished(() => worker.drain());
  await isUp;
  return { worker, warnings, batcher };
}

/** A message as anybody could send it; resolves when the broker has it. */
export async function sendAnything(url: string, queue: string, text: string, replyTo = ""): Promise<void> {
  const model = await connect(url);
  const channel = await model.createConfirmChannel();
  channel.sendToQueue(queue, Buffer.from(text), { messageId: "1", replyTo });
  await channel.waitForConfirms();
  await model.close();
}

/** The messages of a queue, which are gone from it then. */
export async function takeAll(
  url: string,
  queue: string,
): Promise<readonly { readonly text: string; readonly headers: unknown }[]> {
  const model = await connect(url);
  const channel = await model.createChannel();
  const taken = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) break;
    taken.push({ text: message.content.toString(), headers: message.properties.headers });
  }
  await model.close();
  return taken;
}
