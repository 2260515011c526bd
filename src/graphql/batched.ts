// batched(): a batch function becomes a plain resolver that works in any graphql-js server.

import type { GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema } from "graphql";
import {
  type Batcher,
  type BatcherOptions,
  type BatchFunction,
  createBatcher,
  type Limits,
  OptionError,
} from "../batching/index.ts";
import { LIMIT_NAMES } from "../batching/limits.ts";
import { directiveLimits } from "./batch-directive.ts";
import { BatchedFieldError, callerLeft, toGraphQLError } from "./errors.ts";

/** The limits of the field, and how its keys are found. All optional; limits in `@batch` win over these. */
export interface BatchedOptions<K, Source, Args, Context>
  extends Omit<BatcherOptions<K>, "name" | "onWarning"> {
  /** What the field asks for; default: its arguments, as they are. */
  readonly key?: (source: Source, args: Args, context: Context, info: GraphQLResolveInfo) => K;
  /**
   * The signal that aborts when this caller has gone; default: `context.request.signal`, as Yoga has it.
   */
  readonly signal?: (context: Context, info: GraphQLResolveInfo) => AbortSignal | undefined;
  /** Default: true, but for fields of `Mutation`, where what a key does twice may matter. */
  readonly shareEqualKeys?: boolean;
}

/** A resolver that `batched` has made. */
export interface BatchedResolver<K, V, Source, Args, Context> {
  (source: Source, args: Args, context: Context, info: GraphQLResolveInfo): Promise<V>;
  /** The batcher of each field that it serves, by `Query.upper`: made at the first request, or by `bindBatchedFields`. */
  readonly batchers: ReadonlyMap<string, Batcher<K, V>>;
}

/** Where a resolver keeps what `bindBatchedFields` calls. Registered, so that two copies of Jitney know it. */
const BIND = Symbol.for("jitney.bind");

export type Bind = (
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  fieldName: string,
  overrides: Partial<Limits>,
) => Batcher<unknown, unknown>;

/**
 * Makes a resolver that computes its field for many requests at once. There is one batcher per field it is put on,
 * for the life of the process.
 *
 * The resolver rejects with GraphQLErrors that carry `extensions.code`: `BATCH_QUEUE_FULL`, `BATCH_TIMEOUT`,
 * `BATCH_FAILED`, `BATCH_SHUTTING_DOWN`; a GraphQLError that the batch function gives in place of a key's value
 * goes to that key's callers as it is.
 *
 * @param batchFunction many keys in, as many values (or Errors) out, in the same order.
 * @throws OptionError when an option cannot be used.
 * @example
 * const resolvers = {
 *   Query: {
 *     upper: batched(async (keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())),
 *   },
 * };
 */
export function batched<K, V, Source = unknown, Args = K, Context = unknown>(
  batchFunction: BatchFunction<K, V>,
  options: BatchedOptions<K, Source, Args, Context> = {},
): BatchedResolver<K, V, Source, Args, Context> {
  checkOptions(options);
  // For its checks: a bad option shall stop the program where it is written, not at the first request.
  createBatcher(batchFunction, { ...options, onWarning: () => {} });
  const { key = argumentsAsKey, signal = requestSignal, ...batcherOptions } = options;
  const batchers = new Map<string, Batcher<K, V>>();

  const bind = (
    schema: GraphQLSchema,
    type: GraphQLObjectType,
    fieldName: string,
    overrides: Partial<Limits>,
  ): Batcher<K, V> => {
    const coordinate = `${type.name}.${fieldName}`;
    const limits = directiveLimits(type.getFields()[fieldName]?.astNode);
    const existing = batchers.get(coordinate);
    const batcher = createBatcher(batchFunction, {
      shareEqualKeys: type !== schema.getMutationType(),
      ...batcherOptions,
      ...limits,
      ...overrides,
      name: fieldName,
      onWarning: (message) => {
        if (existing === undefined) process.emitWarning(`${coordinate}: ${message}`, "JitneyWarning");
      },
    });
    if (existing !== undefined) return sameField(coordinate, existing, batcher);
    batchers.set(coordinate, batcher);
    return batcher;
  };

  const resolve = async (source: Source, args: Args, context: Context, info: GraphQLResolveInfo) => {
    const { schema, parentType, fieldName } = info;
    const batcher =
      batchers.get(`${parentType.name}.${fieldName}`) ?? bind(schema, parentType, fieldName, {});
    const wanted = key(source, args, context, info);
    const callerSignal = signal(context, info);
    try {
      return await batcher.load(wanted, { signal: callerSignal });
    } catch (error) {
      throw callerSignal?.aborted ? callerLeft(error) : toGraphQLError(error);
    }
  };
  const resolver = Object.assign(resolve, { batchers, [BIND]: bind });
  // makeExecutableSchema binds resolvers to their map, which would take the marks off. This one uses no `this`.
  return Object.assign(resolver, { bind: () => resolver });
}

/** A schema that is built again goes on with the batcher it has, so that requests to both share batches. */
function sameField<K, V>(coordinate: string, existing: Batcher<K, V>, wanted: Batcher<K, V>): Batcher<K, V> {
  for (const name of LIMIT_NAMES) {
    if (existing.limits[name] === wanted.limits[name]) continue;
    throw new BatchedFieldError(
      `${coordinate}: its resolver serves a field of that name already, with ${name} ${existing.limits[name]} ` +
        `and not ${wanted.limits[name]}: give each schema a batched() of its own`,
    );
  }
  return existing;
}

/** What binds a resolver to a field; undefined for a resolver that `batched` has not made. */
export function bindOf(resolver: unknown): Bind | undefined {
  return typeof resolver === "function" && BIND in resolver ? (resolver[BIND] as Bind) : undefined;
}

function argumentsAsKey<K>(_source: unknown, args: unknown): K {
  // Without a `key` option the arguments are the key: the caller has typed the batch function so.
  return args as K;
}

/** Yoga's, which is an AbortSignal by its methods, not by its class; a host that has none there is fine too. */
function requestSignal(context: unknown): AbortSignal | undefined {
  const signal = (context as { readonly request?: { readonly signal?: unknown } } | null | undefined)?.request
    ?.signal;
  const isSignal =
    typeof signal === "object" && signal !== null && "aborted" in signal && "addEventListener" in signal;
  return isSignal ? (signal as AbortSignal) : undefined;
}

function checkOptions(options: object): void {
  for (const name of ["key", "signal"]) {
    const given: unknown = (options as Readonly<Record<string, unknown>>)[name];
    if (given !== undefined && typeof given !== "function") throw new OptionError(name, "a function", given);
  }
}
