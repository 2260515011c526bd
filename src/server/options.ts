// What a server can be told, the default of each, and the one place where it is checked.

import type { GraphQLSchema } from "graphql";
import { OptionError } from "../batching/errors.ts";
import { checkCount, checkDelay, checkTimeout, type Limits } from "../batching/limits.ts";
import { checkBoolean } from "../batching/options.ts";
import { checkAddress } from "../cluster/address.ts";
import { checkQueueOptions, type QueueOptions, type QueueSettings } from "../cluster/queue-options.ts";
import { arePackagesInstalled } from "../monitoring/browser-files.ts";
import { isPromClientInstalled } from "../monitoring/prom-client.ts";
import { type AuthOptions, checkAuth } from "./auth-options.ts";
import { checkChoice } from "./choice.ts";
import { type CORSOptions, checkOrigins } from "./cors.ts";
import { checkHosts } from "./hosts.ts";
import type { Logger } from "./log/logger.ts";
import { checkPort } from "./port.ts";

/** What to serve, and where. All but the schema are optional. Counts are whole numbers, 1 or more. */
export interface ServerOptions {
  /** An executable schema, with resolvers made by `batched`. */
  readonly schema: GraphQLSchema;
  /** Limits that win over those in `@batch` and in code, for every field. */
  readonly limits?: Partial<Limits>;
  /** Default "127.0.0.1": this machine alone. */
  readonly host?: string;
  /** Default 4000; 0 takes any that is free. */
  readonly port?: number;
  /** Bytes that the body of a request may have; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * How many tokens (names, values, punctuation) a query may have, and how many fields once its fragments are written
   * out; default 10,000.
   */
  readonly maxTokens?: number;
  /** How many values (items, fields, and what holds them) the variables of an operation may have; default 10,000. */
  readonly maxVariableValues?: number;
  /** How many levels of fields an operation may have; default 20 (GraphiQL asks for the schema in 15). */
  readonly maxDepth?: number;
  /** How many aliases an operation may have, those of a fragment wherever it is spread; default 2,000. */
  readonly maxAliases?: number;
  /** How many directives an operation may have, those of a fragment wherever it is spread; default 100. */
  readonly maxDirectives?: number;
  /** How many operations an array may have that is the body of one request; default 10. */
  readonly maxOperations?: number;
  /**
   * Whether clients may ask what the schema holds, and errors suggest names of it; default true, and false under
   * `NODE_ENV=production`.
   */
  readonly introspection?: boolean;
  /** Whether browsers get GraphiQL at /graphql; default true, and false under `NODE_ENV=production`. */
  readonly graphiql?: boolean;
  /**
   * Whether answers say in `extensions.batches` which batches served them: `"on"`, `"off"`, or `"header"` for those whose
   * request has the header `Jitney-Batches: show`. Default "on", and "off" under `NODE_ENV=production`.
   */
  readonly batchFacts?: BatchFactsMode;
  /**
   * Whether /batches shows the batches live, to who may ask. It stands on the packages `uplot` and `eventsource-parser`.
   * Default true where those are installed, and false under `NODE_ENV=production`.
   */
  readonly batchesPage?: boolean;
  /**
   * Whether /metrics has metrics for Prometheus, for who may ask. It stands on the package `prom-client`. Default true where
   * that is installed, and false under `NODE_ENV=production`.
   */
  readonly metrics?: boolean;
  /** Pages of which other sites may read answers; default: none. */
  readonly cors?: CORSOptions;
  /**
   * Names in the Host header that a server on a loopback address answers to, beside `localhost`, loopback addresses and
   * `host`; `*` for any. Given to a server elsewhere, it answers to these alone. Default: none.
   */
  readonly allowedHosts?: readonly string[];
  /** Who may ask; default: everyone who reaches the server. Not needed for `/health`, `/ready` and GraphiQL's page. */
  readonly auth?: AuthOptions;
  /**
   * Shares the batches of all fields with other servers: their keys go over RabbitMQ to workers (`jitney worker`). It stands on
   * the package `amqplib`. Default: this server computes them itself.
   */
  readonly shared?: SharedOptions;
  /** Milliseconds within which the headers of a request have to be here; default 10,000, or `requestTimeoutMs` if less. */
  readonly headersTimeoutMs?: number;
  /**
   * Milliseconds within which all of a request has to be here, and within which a client has to take its answer, or a
   * mebibyte of it; default 30,000. It does not bound how long an answer takes to be made.
   */
  readonly requestTimeoutMs?: number;
  /** Milliseconds for which a connection with nothing to do is kept open; default 65,000. */
  readonly keepAliveTimeoutMs?: number;
  /**
   * Milliseconds for which a draining server says so at `/ready` before it stops taking requests; default 0.
   */
  readonly drainDelayMs?: number;
  /**
   * Milliseconds within which requests in flight are answered, or given up, once it has stopped taking more; default
   * 30,000. The last of it, `abortGraceMs` but half of it at most, is for calls that are told to stop.
   */
  readonly drainTimeoutMs?: number;
  /**
   * Where the log goes: a pino logger, for example. Of its texts, control characters are escaped. Default: what the
   * command writes, from level info, to standard output; as JSON, or for people where that is a terminal.
   */
  readonly logger?: Logger;
  /** Whether entries of requests, at level debug, hold their queries and variables; default false. */
  readonly logValues?: boolean;
}

/** Where batches are shared. */
export interface SharedOptions extends QueueOptions {
  /** The broker: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. */
  readonly url: string;
}

/** When answers say which batches served them. */
export type BatchFactsMode = (typeof BATCH_FACTS_MODES)[number];

export const BATCH_FACTS_MODES = ["on", "off", "header"] as const;

interface NumberOption {
  readonly check: (name: string, given: unknown) => number;
  readonly fallback: number;
}

export const DEFAULT_HOST = "127.0.0.1";

/** Options that are numbers: how each is checked, and what it is where it is not given. */
export const NUMBER_OPTIONS = {
  port: { check: checkPort, fallback: 4_000 },
  maxBodyBytes: { check: checkCount, fallback: 2 ** 20 },
  maxTokens: { check: checkCount, fallback: 10_000 },
  maxVariableValues: { check: checkCount, fallback: 10_000 },
  maxDepth: { check: checkCount, fallback: 20 },
  maxAliases: { check: checkCount, fallback: 2_000 },
  maxDirectives: { check: checkCount, fallback: 100 },
  maxOperations: { check: checkCount, fallback: 10 },
  headersTimeoutMs: { check: checkTimeout, fallback: 10_000 },
  requestTimeoutMs: { check: checkTimeout, fallback: 30_000 },
  // Load balancers commonly keep theirs for a minute, and must not find one closed that they use again.
  keepAliveTimeoutMs: { check: checkTimeout, fallback: 65_000 },
  drainDelayMs: { check: checkDelay, fallback: 0 },
  drainTimeoutMs: { check: checkDelay, fallback: 30_000 },
} as const satisfies Readonly<Record<string, NumberOption>>;

export type NumberOptionName = keyof typeof NUMBER_OPTIONS;

export const NUMBER_OPTION_NAMES = Object.keys(NUMBER_OPTIONS) as readonly NumberOptionName[];

/** Options that are true or false; flags say on or off. */
export const SWITCH_OPTION_NAMES = [
  "introspection",
  "graphiql",
  "batchesPage",
  "metrics",
  "logValues",
] as const;

/** Options that have been checked, and defaults where there were none. */
export interface ServerSettings extends Readonly<Record<NumberOptionName, number>> {
  readonly host: string;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  readonly batchFacts: BatchFactsMode;
  readonly batchesPage: boolean;
  readonly metrics: boolean;
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly auth: AuthOptions | undefined;
  readonly logValues: boolean;
  readonly shared: SharedSettings | undefined;
}

export interface SharedSettings extends QueueSettings {
  readonly url: string;
}

/** @throws OptionError for the first option that cannot be used; StartError for a secret that cannot. */
export function checkServerOptions(options: Omit<ServerOptions, "schema">): ServerSettings {
  const numbers = checkNumbers(options);
  const isProduction = process.env.NODE_ENV === "production";
  return {
    ...numbers,
    headersTimeoutMs: checkHeadersTimeout(options.headersTimeoutMs, numbers),
    host: checkHost(options.host ?? DEFAULT_HOST),
    introspection: checkBoolean("introspection", options.introspection ?? !isProduction),
    graphiql: checkBoolean("graphiql", options.graphiql ?? !isProduction),
    batchFacts: checkChoice(
      "batchFacts",
      BATCH_FACTS_MODES,
      options.batchFacts ?? (isProduction ? "off" : "on"),
    ),
    batchesPage: checkBoolean(
      "batchesPage",
      options.batchesPage ?? (!isProduction && arePackagesInstalled()),
    ),
    metrics: checkBoolean("metrics", options.metrics ?? (!isProduction && isPromClientInstalled())),
    corsOrigins: checkOrigins("cors.origins", options.cors?.origins ?? []),
    allowedHosts: checkHosts("allowedHosts", options.allowedHosts ?? []),
    auth: checkAuth(options.auth),
    logValues: checkBoolean("logValues", options.logValues ?? false),
    shared: options.shared && checkShared(options.shared),
  };
}

/** @throws OptionError */
export function checkShared(shared: SharedOptions): SharedSettings {
  return { ...checkQueueOptions(shared), url: checkAddress("shared.url", shared.url) };
}

function checkNumbers(options: { readonly [Name in NumberOptionName]?: unknown }) {
  const numbers = {} as Record<NumberOptionName, number>;
  for (const name of NUMBER_OPTION_NAMES) {
    const { check, fallback } = NUMBER_OPTIONS[name];
    numbers[name] = check(name, options[name] ?? fallback);
  }
  return numbers;
}

/**
 * Headers are part of the request: node:http refuses the longer time with words of its own.
 *
 * @param names what messages call the two times.
 */
export function checkHeadersTimeout(
  given: number | undefined,
  { headersTimeoutMs, requestTimeoutMs }: { headersTimeoutMs: number; requestTimeoutMs: number },
  [name, nameOfWhole] = ["headersTimeoutMs", "requestTimeoutMs"],
): number {
  if (given === undefined || given <= requestTimeoutMs) return Math.min(headersTimeoutMs, requestTimeoutMs);
  throw new OptionError(name, `at most ${nameOfWhole} (${requestTimeoutMs})`, given);
}

/** An empty one would listen to the whole world. */
function checkHost(given: unknown): string {
  if (typeof given === "string" && given !== "") return given;
  throw new OptionError("host", "the name or address of a host", given);
}
