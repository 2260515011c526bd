// What gateways and workers say to each other through the broker: docs/protocol.md, as code. Change both together.

import { type Delivery, isDelivery, type PassedBatch } from "../batching/passing-on.ts";
import { pack, unpack } from "./typed-json.ts";

/** The `type` of the messages; the number changes when an older reader would misread them. */
export const CHUNK_TYPE = "jitney.chunk.1";
export const ANSWERS_TYPE = "jitney.answers.1";

/** What RabbitMQ takes without being told otherwise, from 16 MiB on, less what is around it: a larger message ends the connection. */
export const MAX_MESSAGE_BYTES = 15 * 2 ** 20;

/** Where the broker gives each gateway an address of its own, for answers alone. */
export const REPLY_QUEUE = "amq.rabbitmq.reply-to";

/** A fanout exchange, and the queue that keeps what comes of it for the operator. */
export const DEAD_LETTERS = "jitney.dead-letters";

/** How many dead letters are kept; the oldest go first. */
export const MAX_DEAD_LETTERS = 1_000;

/** @param name `Query.upper` */
export function queueOf(name: string): string {
  return `jitney.${name}`;
}

/** Of the keys that are computed by themselves, because a worker died with them. */
export function loneQueueOf(name: string): string {
  return `jitney.${name}.lone`;
}

/** Keys of one field and one partition, of one gateway. */
export interface ChunkBody {
  readonly partition: string;
  /** When the callers give up: milliseconds since 1970, by the gateway's clock. */
  readonly deadline: number;
  /** The shortest delay that a caller asked for; null where none did. */
  readonly maxDelayMs: number | null;
  readonly delivery: Delivery;
  /** The number of the first key in answers; the next ones follow. */
  readonly first: number;
  readonly keys: readonly unknown[];
}

export function encodeChunk(body: ChunkBody, isTagged: boolean): Buffer {
  return Buffer.from(JSON.stringify(isTagged ? { ...body, tagged: true } : body));
}

/** @throws Error in one line, which says what was expected. */
export function decodeChunk(content: Buffer): ChunkBody {
  const body = parsed(content);
  const { partition, deadline, maxDelayMs = null, delivery = "at-least-once", first = 0, keys } = body;
  expect("partition", "a string", typeof partition === "string");
  expect("deadline", "a number", typeof deadline === "number");
  expect("maxDelayMs", "a number of 0 or more, or null", isDelay(maxDelayMs));
  expect("delivery", "at-least-once or at-most-once", isDelivery(delivery));
  expect("first", "a whole number of 0 or more", isIndex(first));
  expect("keys", "an array of 1 or more", Array.isArray(keys) && keys.length > 0);
  const list = keys as readonly unknown[];
  return {
    partition: partition as string,
    deadline: deadline as number,
    maxDelayMs: maxDelayMs as number | null,
    delivery: delivery as Delivery,
    first: first as number,
    keys: body.tagged === true ? list.map(unpack) : list,
  };
}

/** Why a key has no value: Jitney's own reason by its `code`, an Error of the batch function's by its `name`. */
export type WireError =
  | { readonly code: string; readonly message: string; readonly retryAfterSeconds?: number }
  | { readonly name: string; readonly message: string; readonly extensions?: unknown };

export interface KeyAnswer {
  /** The message id of the chunk. */
  readonly chunk: string;
  readonly index: number;
  readonly batch: PassedBatch | undefined;
  /** The value, unless there is an error. */
  readonly value: unknown;
  readonly error: WireError | undefined;
}

/** One that goes out: whose batches it tells of, the message says once. */
export interface OwnAnswer extends Omit<KeyAnswer, "batch"> {
  readonly batch: Omit<PassedBatch, "worker"> | undefined;
}

export function encodeAnswers(worker: string, answers: readonly OwnAnswer[]): Buffer {
  const batches: Omit<PassedBatch, "worker">[] = [];
  const indexes = new Map<Omit<PassedBatch, "worker">, number>();
  let isTagged = false;
  const rows = answers.map(({ chunk, index, batch, value, error }) => {
    let batchIndex: number | null = null;
    if (batch !== undefined) {
      batchIndex = indexes.get(batch) ?? batches.length;
      if (batchIndex === batches.length) {
        const { id, size, reason, runMs } = batch;
        batches.push({ id, size, reason, runMs: Math.round(runMs * 1_000) / 1_000 });
        indexes.set(batch, batchIndex);
      }
    }
    if (error !== undefined) return [chunk, index, batchIndex, null, error];
    // JSON has no undefined: a row that has no value at all.
    if (value === undefined) return [chunk, index, batchIndex];
    const packed = packedValue(value);
    if ("refusal" in packed) return [chunk, index, batchIndex, null, packed.refusal];
    isTagged ||= packed.isTagged;
    return [chunk, index, batchIndex, packed.value];
  });
  const body = { worker, batches, answers: rows };
  return Buffer.from(JSON.stringify(isTagged ? { ...body, tagged: true } : body));
}

function packedValue(value: unknown) {
  try {
    return pack("value", value);
  } catch (error) {
    const { name, message } = error as Error;
    return { refusal: { name, message } };
  }
}

/** @throws Error in one line, which says what was expected. */
export function decodeAnswers(content: Buffer): readonly KeyAnswer[] {
  const { worker, batches = [], answers, tagged } = parsed(content);
  expect("worker", "a string", typeof worker === "string");
  expect("batches", "an array", Array.isArray(batches));
  expect("answers", "an array", Array.isArray(answers));
  const known = (batches as unknown[]).map((batch) => checkedBatch(batch, worker as string));
  return (answers as unknown[]).map((row) => {
    expect("answers", "arrays in it", Array.isArray(row));
    const [chunk, index, ...rest] = row as unknown[];
    expect("answers", "the id of a chunk first", typeof chunk === "string");
    expect("answers", "the number of a key second", isIndex(index));
    const key = { chunk: chunk as string, index: index as number };
    try {
      return { ...key, ...answerIn(rest, known, tagged === true) };
    } catch (unreadable) {
      // That key's alone: its neighbours have theirs.
      const message = `The answer of a worker cannot be read: ${(unreadable as Error).message}`;
      return { ...key, batch: undefined, value: undefined, error: { code: "BATCH_FAILED", message } };
    }
  });
}

function answerIn(rest: readonly unknown[], known: readonly PassedBatch[], isTagged: boolean) {
  const [batch, value, error = null] = rest;
  const isPlace = isIndex(batch) && (batch as number) < known.length;
  expect("answers", "a place in batches third, or null", batch === null || isPlace);
  return {
    batch: batch === null ? undefined : known[batch as number],
    value: isTagged ? unpack(value) : value,
    error: error === null ? undefined : checkedError(error),
  };
}

function checkedBatch(given: unknown, worker: string): PassedBatch {
  const { id, size, reason, runMs } = (given ?? {}) as Partial<PassedBatch>;
  const isOne = typeof id === "string" && typeof reason === "string";
  expect("batches", "id, size, reason and runMs in each", isOne && isCount(size) && isTime(runMs));
  return { id, worker, size, reason, runMs } as PassedBatch;
}

function checkedError(given: unknown): WireError {
  const { code, name, message, retryAfterSeconds = 1, extensions = {} } = given as Record<string, unknown>;
  expect("answers", "an error with a message", typeof message === "string");
  expect("answers", "an error with a code or a name", typeof (code ?? name) === "string");
  expect("answers", "retryAfterSeconds of 1 or more", isCount(retryAfterSeconds));
  expect("answers", "an object as extensions", isObject(extensions));
  return given as WireError;
}

function parsed(content: Buffer): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(content.toString());
  } catch {}
  expect("body", "a JSON object", isObject(body));
  return body as Readonly<Record<string, unknown>>;
}

function expect(name: string, expected: string, isSo: boolean): void {
  if (!isSo) throw new Error(`${name}: expected ${expected}`);
}

function isDelay(given: unknown): boolean {
  return given === null || (typeof given === "number" && given >= 0 && given <= 2 ** 31 - 1);
}

function isObject(given: unknown): boolean {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function isCount(given: unknown): boolean {
  return typeof given === "number" && given >= 1;
}

function isTime(given: unknown): boolean {
  return typeof given === "number" && given >= 0;
}

function isIndex(given: unknown): boolean {
  return Number.isSafeInteger(given) && (given as number) >= 0;
}
