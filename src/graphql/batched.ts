// batched(): a batch function becomes a plain resolver that works in any graphql-js server.

import type { GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema } from "graphql";
import {
  type Batcher,
  type BatcherOptions,
  type BatchFunction,
  createBatcher,
  type Limits,
  OptionError,
} from "../batching/index.ts";
import { LIMIT_NAMES, mergeLimits } from "../batching/limits.ts";
import { checkBatcherOptions, checkFunction, refused } from "../batching/options.ts";
import { checkDelivery, type Delivery, passingOn } from "../batching/passing-on.ts";
import { isThenable } from "../batching/thenable.ts";
import { directiveLimits } from "./batch-directive.ts";
import { originOf, watchBatchesOf, watchPassedOn } from "./batch-watch.ts";
import { BatchedFieldError, callerLeft, toGraphQLError } from "./errors.ts";
import { signalOf } from "./execution-signal.ts";
import { partitionOf } from "./partition.ts";

/** The limits of the field, and how its callers are found. All optional; limits in `@batch` win over these. */
export interface BatchedOptions<K, Context = unknown, Args = K>
  extends Omit<BatcherOptions<K>, "name" | "onWarning" | "watchBatch"> {
  /** The signal that aborts when this caller has gone; default: `EXECUTION_SIGNAL`, or the request's as Yoga has it. */
  readonly signal?: (context: Context, info: GraphQLResolveInfo) => AbortSignal | undefined;
  /**
   * The partition of a caller's keys (its tenant, the model it asks for): keys of different partitions never share a
   * batch, and share `concurrency` and `maxQueueSize` fairly. Default: `PARTITION` in the context, as Jitney's own
   * server sets it from a token's claim; else "". Where the context has one, and this gives another, the partition is
   * both, as JSON: `["tenant","model"]`.
   */
  readonly partitionBy?: (context: Context, args: Args, info: GraphQLResolveInfo) => string;
  /**
   * Milliseconds, 0 or more, for a caller that is in a hurry: makes its batch leave sooner than `maxDelayMs`, never later.
   * Default: undefined, for everyone.
   */
  readonly maxDelayMsBy?: (context: Context, args: Args, info: GraphQLResolveInfo) => number | undefined;
  /** Default: true, but for fields of `Mutation`, where what a key does twice may matter. */
  readonly shareEqualKeys?: boolean;
  /** Default: true, but for fields of `Mutation`: what they do shall not be done again. */
  readonly isolateFailures?: boolean;
  /**
   * How often a key may be computed where the server shares its batches with others (`--amqp`): a field of `Mutation` has to
   * say it. Default: "at-least-once" for all others.
   */
  readonly delivery?: Delivery;
}

/** Options of a field whose key is not its arguments. */
export interface KeyedOptions<K, Source, Args, Context> extends BatchedOptions<K, Context, Args> {
  /** What the field asks for, or a promise of it. */
  readonly key: (
    source: Source,
    args: Args,
    context: Context,
    info: GraphQLResolveInfo,
  ) => K | PromiseLike<K>;
}

/** A resolver that `batched` has made. */
export type BatchedResolver<Source, Args, Context, V> = (
  source: Source,
  args: Args,
  context: Context,
  info: GraphQLResolveInfo,
) => Promise<V>;

/**
 * What callers get of what a batch function gives: an Error in a key's place is thrown. Told by its `stack`, as an object of
 * the schema may well have a `name` and a `message`.
 */
type ValueOf<V> = V extends Error ? ("stack" extends keyof V ? never : V) : V;

/** Where a resolver keeps what `bindBatchedFields` calls. Registered, so that two copies of Jitney know it. */
const BIND = Symbol.for("jitney.bind");

/** How the fields of a schema are bound. */
export interface BindOptions {
  /** Which of several processes that serve together this is: told in what is told of batches (`BatchFact`). */
  readonly worker?: number | string | undefined;
  /** Gives the function that passes a field's keys on, to be batched elsewhere; default: they are computed here. */
  readonly passOn?: ((coordinate: string, delivery: Delivery) => BatchFunction<unknown, unknown>) | undefined;
}

/** Gives the batcher of one field of one schema: the one that it has, or a new one. */
export type Bind = (
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  fieldName: string,
  overrides: Partial<Limits>,
  options: BindOptions,
) => Bound<unknown, unknown>;

type Field = GraphQLField<unknown, unknown> | undefined;

/** The batcher of a field, and the limits that it was made with: it may have others by now (`configure`). */
interface Bound<K, V> {
  readonly batcher: Batcher<K, V>;
  readonly limits: Limits;
  /** Makes another batcher of the field, which computes each key by itself, one after the other. */
  makeLone(): Batcher<K, V>;
}

/**
 * Makes a resolver that computes its field for many requests at once. Each field that it is put on has a batcher of its
 * own, for the life of the schema.
 *
 * The resolver rejects with GraphQLErrors that carry `extensions.code`: `BATCH_QUEUE_FULL`, `BATCH_TIMEOUT`,
 * `BATCH_FAILED`, `BATCH_KEY_TOO_HEAVY`, `BATCH_SHUTTING_DOWN`, and `BATCH_CALLER_LEFT` for a caller whose signal has aborted. A GraphQLError
 * that the batch function gives in place of a key's value goes to that key's callers with its message and extensions.
 *
 * @param batchFunction many keys in, as many values (or Errors) out, in the same order. A key is the field's arguments,
 * unless the option `key` makes another.
 * @throws OptionError when an option cannot be used.
 * @example
 * const resolvers = {
 *   Query: {
 *     upper: batched(async (keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())),
 *   },
 * };
 */
export function batched<K, V, Source, Args, Context>(
  batchFunction: BatchFunction<K, V>,
  options: KeyedOptions<K, Source, Args, Context>,
): BatchedResolver<Source, Args, Context, ValueOf<V>>;
export function batched<K, V, Context = unknown>(
  batchFunction: BatchFunction<K, V>,
  options?: BatchedOptions<K, Context>,
): BatchedResolver<unknown, K, Context, ValueOf<V>>;
export function batched<K, V, Source, Args, Context>(
  batchFunction: BatchFunction<K, V>,
  options: BatchedOptions<K, Context, Args> & Partial<KeyedOptions<K, Source, Args, Context>> = {},
): BatchedResolver<Source, Args, Context, V> {
  // Here, and not at the first request: a bad option shall stop the program where it is written.
  checkFunction("batchFunction", batchFunction);
  checkBatcherOptions(options);
  const {
    key = argumentsAsKey,
    signal = signalOf,
    partitionBy,
    maxDelayMsBy = noHurry,
    ...batcherOptions
  } = options;
  checkFunction("key", key);
  checkFunction("signal", signal);
  if (partitionBy !== undefined) checkFunction("partitionBy", partitionBy);
  checkFunction("maxDelayMsBy", maxDelayMsBy);
  const batchers = new WeakMap<GraphQLSchema, Map<Field, Bound<K, V>>>();

  const bind = (
    schema: GraphQLSchema,
    type: GraphQLObjectType,
    fieldName: string,
    overrides: Partial<Limits>,
    { worker, passOn }: BindOptions,
  ): Bound<K, V> => {
    const coordinate = `${type.name}.${fieldName}`;
    const field = type.getFields()[fieldName];
    const limits = mergeLimits(options, directiveLimits(field?.astNode), overrides);
    const existing = batchers.get(schema)?.get(field);
    const wanted = checkBatcherOptions(limits);
    // One that was drained is of a server that has ended.
    if (existing?.batcher.stats().state === "open") {
      checkSame(coordinate, existing.limits, wanted);
      return existing;
    }

    // All but the fields of `Mutation` have to be free of side effects (GraphQL specification, section 6.2.2).
    const isRepeatable = type !== schema.getMutationType();
    if (!isRepeatable && options.cache !== undefined) {
      throw new BatchedFieldError(`${coordinate}: cache: expected none for a field of ${type.name}`);
    }
    const own = passingOn(batchFunction);
    const passesOn = own !== undefined || passOn !== undefined;
    checkDelivery("delivery", options.delivery);
    const delivery = own?.delivery ?? options.delivery ?? (isRepeatable ? "at-least-once" : undefined);
    if (passesOn && delivery === undefined) throw noDelivery(coordinate);
    const ofField: BatcherOptions<K> = {
      ...batcherOptions,
      ...limits,
      shareEqualKeys: options.shareEqualKeys ?? isRepeatable,
      isolateFailures: options.isolateFailures ?? isRepeatable,
      name: fieldName,
      watchBatch: passesOn ? watchPassedOn(coordinate) : watchBatchesOf(coordinate, worker),
      onWarning: (message) => process.emitWarning(`${coordinate}: ${message}`, "JitneyWarning"),
    };
    const passed = own === undefined && delivery !== undefined ? passOn?.(coordinate, delivery) : undefined;
    const compute = (passed as BatchFunction<K, V> | undefined) ?? batchFunction;
    const bound: Bound<K, V> = {
      batcher: createBatcher(compute, ofField),
      limits: wanted,
      makeLone: () => createBatcher(compute, { ...ofField, ...LONE, name: `${fieldName}-lone` }),
    };
    const ofSchema = batchers.get(schema) ?? new Map<Field, Bound<K, V>>();
    batchers.set(schema, ofSchema.set(field, bound));
    return bound;
  };

  const resolve = async (source: Source, args: Args, context: Context, info: GraphQLResolveInfo) => {
    const { schema, parentType, fieldName } = info;
    const batcher =
      batchers.get(schema)?.get(parentType.getFields()[fieldName])?.batcher ??
      bind(schema, parentType, fieldName, {}, {}).batcher;
    const origin = originOf(context);
    const asked = key(source, args, context, info);
    const wanted = isThenable(asked) ? await asked : asked;
    const callerSignal = signal(context, info);
    const own: unknown = partitionBy === undefined ? "" : partitionBy(context, args, info);
    // Not even undefined: those who have no tenant shall not share one by mistake.
    if (typeof own !== "string") throw refused("partitionBy", "a string", own);
    const partition = both(partitionOf(context), own);
    const maxDelayMs = maxDelayMsBy(context, args, info);
    try {
      return await batcher.load(wanted, { signal: callerSignal, partition, maxDelayMs, origin });
    } catch (error) {
      // A fault of the program, such as a `keyId` that throws, is for the host to mask and to log.
      if (error instanceof OptionError) throw error;
      throw callerSignal?.aborted ? callerLeft(error) : toGraphQLError(error);
    }
  };
  const resolver = Object.assign(resolve, { [BIND]: bind });
  // makeExecutableSchema binds resolvers to their map, which would take the mark off. This one uses no `this`.
  return Object.assign(resolver, { bind: () => resolver });
}

/** What binds a resolver to a field; undefined for a resolver that `batched` has not made. */
export function bindOf(resolver: unknown): Bind | undefined {
  return typeof resolver === "function" && BIND in resolver ? (resolver[BIND] as Bind) : undefined;
}

/** One key a batch, one batch at a time. */
const LONE = {
  maxBatchSize: 1,
  maxDelayMs: 0,
  concurrency: 1,
  shareEqualKeys: false,
  isolateFailures: false,
  cache: undefined,
} as const;

function noDelivery(coordinate: string): BatchedFieldError {
  const expected =
    'expected "at-most-once", or "at-least-once" for what may be done twice, of a Mutation whose batches are shared';
  return new BatchedFieldError(`${coordinate}: delivery: ${expected}, but got: undefined`);
}

function checkSame(coordinate: string, limits: Limits, wanted: Limits): void {
  for (const name of LIMIT_NAMES) {
    if (limits[name] === wanted[name]) continue;
    throw new BatchedFieldError(
      `${coordinate}: it is served already, with ${name} ${limits[name]} and not ${wanted[name]}`,
    );
  }
}

/** What a server has set for a request is never lost: tenants stay apart, whatever a field partitions by. */
function both(ofRequest: string, own: string): string {
  if (ofRequest === "" || own === "") return ofRequest || own;
  return JSON.stringify([ofRequest, own]);
}

function noHurry(): undefined {}

/** Only where the types say that the arguments are the key: without the option `key`. */
function argumentsAsKey<K>(_source: unknown, args: unknown): K {
  return args as K;
}
