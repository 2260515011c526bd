// sharedBatch(): a batch function whose batches are formed and computed by workers, with the keys of other servers.

import { type BatchFunction, OptionError } from "../batching/index.ts";
import {
  checkDelivery,
  type Delivery,
  PASSES_ON,
  type PassingContext,
  type PassingOn,
} from "../batching/passing-on.ts";
import { checkAddress } from "./address.ts";
import { Gateway } from "./gateway.ts";
import { checkQueueOptions, type QueueOptions } from "./queue-options.ts";
import { checkQueueName } from "./queues.ts";

export interface SharedBatchOptions extends QueueOptions {
  /** The broker: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. */
  readonly url: string;
  /**
   * How often a key may be computed where a worker or the broker dies: `"at-least-once"`, or `"at-most-once"` and an error for its
   * callers. A field of `Mutation` has to say it. Default: "at-least-once" for all others.
   */
  readonly delivery?: Delivery;
  /** Told in one line when the broker cannot be reached, once until it is back; default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

/** A batch function that passes keys on to workers. */
export interface SharedBatch<K, V> extends BatchFunction<K, V>, AsyncDisposable {
  readonly [PASSES_ON]: PassingOn;
  /** Whether the broker can be reached in this moment. */
  readonly isConnected: boolean;
  /** Ends its connection: keys without an answer get `BATCH_SHUTTING_DOWN`. A program that is to end by itself calls it. */
  close(): Promise<void>;
}

/**
 * Makes a batch function of those that workers have for the field of this name: keys of all servers that share it are
 * computed together. Its limits are those of the workers, but for `timeoutMs`, `maxQueueSize` and `maxBatchSize`, which
 * bound this server's callers and chunks.
 *
 * It connects when the first key is loaded. While the broker is away, keys wait for it until their time is up.
 *
 * @param name the field as workers have it, `Query.upper`; without a type, of `Query`.
 * @throws OptionError when an option cannot be used; Error where `amqplib` is not installed.
 * @example
 * const upper = batched(sharedBatch<{ x: string }, string>("upper", { url: "amqp://127.0.0.1" }));
 */
export function sharedBatch<K, V>(name: string, options: SharedBatchOptions): SharedBatch<K, V> {
  const coordinate = coordinateOf(name);
  const url = checkAddress("url", options.url);
  const queues = checkQueueOptions(options);
  const delivery = checkDelivery("delivery", options.delivery);
  const warn = options.onWarning ?? ((message: string) => process.emitWarning(message, "JitneyWarning"));
  const gateway = new Gateway({
    url,
    queues,
    onDown: (reason) => warn(waits(reason)),
    onUp: () => {},
    onWarning: warn,
  });
  const close = (): Promise<void> => gateway.close();
  const parts = { isConnected: false, close, [Symbol.asyncDispose]: close };
  const shared = Object.assign(passOn<K, V>(gateway, coordinate, delivery), parts);
  // Of this moment, whenever it is asked.
  return Object.defineProperty(shared, "isConnected", { get: () => gateway.isConnected });
}

/** What a gateway does with one field. */
export function passOn<K, V>(
  gateway: Gateway,
  coordinate: string,
  delivery: Delivery | undefined,
): BatchFunction<K, V> & { readonly [PASSES_ON]: PassingOn } {
  checkQueueName(coordinate);
  const send: BatchFunction<K, V> = (keys, context) =>
    gateway.send(coordinate, keys, delivery ?? "at-least-once", context as PassingContext) as ReturnType<
      BatchFunction<K, V>
    >;
  return Object.assign(send, { [PASSES_ON]: { delivery } });
}

/** One line for whoever runs the server. */
export function waits(reason: string): string {
  return `${reason}; keys wait for it until their time is up`;
}

/** @throws OptionError for a name that no field has. */
function coordinateOf(name: unknown): string {
  const coordinate = typeof name === "string" && !name.includes(".") ? `Query.${name}` : name;
  if (typeof coordinate === "string" && /^\w+\.\w+$/.test(coordinate)) return coordinate;
  throw new OptionError("name", "that of a field: Query.upper, or upper", name);
}
