// The flags of the command, and the environment variables beside them.

import { checkCount, FIELD_LIMIT_NAMES, LIMIT_CHECKS, type Limits } from "../batching/limits.ts";
import { checkAddress } from "../cluster/address.ts";
import { QUEUE_TYPES } from "../cluster/queue-options.ts";
import type { JWTOptions } from "../server/auth-options.ts";
import { checkChoice } from "../server/choice.ts";
import { checkOrigins } from "../server/cors.ts";
import { checkHosts } from "../server/hosts.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogOptions } from "../server/log/logger.ts";
import {
  BATCH_FACTS_MODES,
  checkHeadersTimeout,
  NUMBER_OPTION_NAMES,
  NUMBER_OPTIONS,
  type ServerOptions,
  type SharedOptions,
  SWITCH_OPTION_NAMES,
} from "../server/options.ts";
import { StartError } from "../server/start-error.ts";
import { JWT_OPTION_NAMES, readAuth } from "./auth-flags.ts";
import { type FlagReader, type KnownFlags, readFlags } from "./flags.ts";
import { AUTO, checkWorkers } from "./workers/count.ts";

/** What the command was told to do. */
export interface CommandLine {
  readonly isHelp: boolean;
  readonly isVersion: boolean;
  readonly schema: string | undefined;
  readonly resolvers: string | undefined;
  /** How many processes serve together; 1 is this one alone. */
  readonly workers: number;
  /** What the answers of a worker call it (`jitney worker`). */
  readonly name: string | undefined;
  /** Options for `startServer`: those that were given. */
  readonly server: Omit<ServerOptions, "schema" | "logger">;
  readonly log: LogOptions;
}

/**
 * @throws StartError for a flag that does not exist or lacks its value, and for a secret that cannot be used.
 * @throws OptionError for a value that cannot be used.
 */
export function readCommandLine(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  command: "server" | "batch worker" = "server",
): CommandLine {
  const values: Values = { limits: {}, origins: [], jwt: {}, log: {}, server: {}, shared: {} };
  const switches = readFlags(args, command === "server" ? SERVER_FLAGS : BATCH_WORKER_FLAGS, values);
  const { schema, resolvers, workers = 1, name, limits, origins, jwt, log, server, shared } = values;
  const [isHelp, isVersion] = [switches.has("help"), switches.has("version")];
  server.host ??= env.HOST || undefined;
  // Information is given whatever the environment says.
  if (!isHelp && !isVersion) {
    if (env.PORT) server.port ??= NUMBER_OPTIONS.port.check("PORT", numberOf(env.PORT));
    server.auth = readAuth(jwt, env);
    server.shared = readShared(shared, env);
  }
  const { headersTimeoutMs, requestTimeoutMs = NUMBER_OPTIONS.requestTimeoutMs.fallback } = server;
  if (headersTimeoutMs !== undefined) {
    const times = { headersTimeoutMs, requestTimeoutMs };
    checkHeadersTimeout(headersTimeoutMs, times, ["--headers-timeout-ms", "--request-timeout-ms"]);
  }
  if (origins.length > 0) server.cors = { origins: checkOrigins("--cors-origin", origins) };
  return { isHelp, isVersion, schema, resolvers, workers, name, server: { ...given(server), limits }, log };
}

/** The URL may hold a password, which others can read on a command line: so the environment may have it, too. */
function readShared(shared: Draft<SharedOptions>, env: NodeJS.ProcessEnv): SharedOptions | undefined {
  const { JITNEY_AMQP_URL: inEnv } = env;
  const url = shared.url ?? (inEnv === undefined ? undefined : checkAddress("JITNEY_AMQP_URL", inEnv));
  if (url !== undefined) return { ...given(shared), url };
  const [lonely] = Object.keys(shared);
  if (lonely === undefined) return undefined;
  throw new StartError(`${flagOf(lonely)}: expected --amqp URL beside it`);
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Draft<T> = { -readonly [Name in keyof T]?: T[Name] | undefined };

/** What the flags have said so far. */
interface Values {
  schema?: string;
  resolvers?: string;
  workers?: number;
  readonly limits: Mutable<Partial<Limits>>;
  readonly origins: string[];
  readonly jwt: Mutable<JWTOptions>;
  name?: string;
  readonly shared: Draft<SharedOptions>;
  readonly log: Mutable<LogOptions>;
  readonly server: Draft<Omit<ServerOptions, "schema" | "logger" | "limits">>;
}

const READERS: ReadonlyMap<string, FlagReader<Values>> = new Map(
  Object.entries<FlagReader<Values>>({
    schema(values, given) {
      values.schema = given;
    },
    resolvers(values, given) {
      values.resolvers = given;
    },
    workers(values, given, flag) {
      values.workers = checkWorkers(flag, given === AUTO ? given : numberOf(given));
    },
    host({ server }, given) {
      server.host = given;
    },
    name(values, given) {
      values.name = given;
    },
    amqp({ shared }, given, flag) {
      shared.url = checkAddress(flag, given);
    },
    "queue-type"({ shared }, given, flag) {
      shared.queueType = checkChoice(flag, QUEUE_TYPES, given);
    },
    "max-queued-chunks"({ shared }, given, flag) {
      shared.maxQueuedChunks = checkCount(flag, numberOf(given));
    },
    "batch-facts"({ server }, given, flag) {
      server.batchFacts = checkChoice(flag, BATCH_FACTS_MODES, given);
    },
    "log-format"({ log }, given, flag) {
      log.format = checkChoice(flag, LOG_FORMATS, given);
    },
    "log-level"({ log }, given, flag) {
      log.level = checkChoice(flag, LOG_LEVELS, given);
    },
    "cors-origin"({ origins }, given) {
      origins.push(...partsOf(given));
    },
    "allowed-hosts"({ server }, given, flag) {
      server.allowedHosts = [...(server.allowedHosts ?? []), ...checkHosts(flag, partsOf(given))];
    },
    ...readersOf(SWITCH_OPTION_NAMES, (name) => ({ server }, given, flag) => {
      server[name] = checkChoice(flag, ["on", "off"], given) === "on";
    }),
    ...readersOf(FIELD_LIMIT_NAMES, (name) => ({ limits }, given, flag) => {
      limits[name] = LIMIT_CHECKS[name](flag, numberOf(given));
    }),
    ...readersOf(NUMBER_OPTION_NAMES, (name) => ({ server }, given, flag) => {
      server[name] = NUMBER_OPTIONS[name].check(flag, numberOf(given));
    }),
    ...readersOf(
      JWT_OPTION_NAMES,
      (name) =>
        ({ jwt }, given) => {
          jwt[name] = given;
        },
      "jwt-",
    ),
  }),
);

const SWITCHES: ReadonlySet<string> = new Set(["help", "version"]);

/** Those of one command only. */
const OF_SERVERS: ReadonlySet<string> = new Set([
  ...["workers", "batch-facts", "cors-origin", "graphiql", "introspection", "log-values", "drain-delay-ms"],
  ...["max-queue-size", "max-body-bytes", "max-operations", "max-tokens", "max-variable-values", "max-depth"],
  ...["max-aliases", "max-directives"],
]);
const OF_BATCH_WORKERS: ReadonlySet<string> = new Set(["name"]);

const SERVER_FLAGS: KnownFlags<Values> = { switches: SWITCHES, readers: without(OF_BATCH_WORKERS) };
const BATCH_WORKER_FLAGS: KnownFlags<Values> = { switches: SWITCHES, readers: without(OF_SERVERS) };

function without(names: ReadonlySet<string>): ReadonlyMap<string, FlagReader<Values>> {
  return new Map([...READERS].filter(([name]) => !names.has(name)));
}

/** One flag for each option: `max-body-bytes` for `maxBodyBytes`. */
function readersOf<Name extends string>(
  names: readonly Name[],
  readerOf: (name: Name) => FlagReader<Values>,
  prefix = "",
): Record<string, FlagReader<Values>> {
  return Object.fromEntries(names.map((name) => [`${prefix}${kebabCase(name)}`, readerOf(name)]));
}

function flagOf(name: string): string {
  return `--${kebabCase(name)}`;
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The number that a text is, or the text itself, for the check to refuse. */
function numberOf(given: string): unknown {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(given.trim()) ? Number(given) : given;
}

function partsOf(given: string): readonly string[] {
  return given.split(",").map((part) => part.trim());
}

/** Without what is undefined. */
function given<T extends object>(draft: Draft<T>): Partial<T> {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as Partial<T>;
}
