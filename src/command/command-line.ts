// The flags of the command, and the environment variables beside them.

import { FIELD_LIMIT_NAMES, LIMIT_CHECKS, type Limits } from "../batching/limits.ts";
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
  SWITCH_OPTION_NAMES,
} from "../server/options.ts";
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
  /** Options for `startServer`: those that were given. */
  readonly server: Omit<ServerOptions, "schema" | "logger">;
  readonly log: LogOptions;
}

/**
 * @throws StartError for a flag that does not exist or lacks its value, and for a secret that cannot be used.
 * @throws OptionError for a value that cannot be used.
 */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const values: Values = { limits: {}, origins: [], jwt: {}, log: {}, server: {} };
  const switches = readFlags(args, KNOWN, values);
  const { schema, resolvers, workers = 1, limits, origins, jwt, log, server } = values;
  const [isHelp, isVersion] = [switches.has("help"), switches.has("version")];
  server.host ??= env.HOST || undefined;
  // Information is given whatever the environment says.
  if (!isHelp && !isVersion) {
    if (env.PORT) server.port ??= NUMBER_OPTIONS.port.check("PORT", numberOf(env.PORT));
    server.auth = readAuth(jwt, env);
  }
  const { headersTimeoutMs, requestTimeoutMs = NUMBER_OPTIONS.requestTimeoutMs.fallback } = server;
  if (headersTimeoutMs !== undefined) {
    const times = { headersTimeoutMs, requestTimeoutMs };
    checkHeadersTimeout(headersTimeoutMs, times, ["--headers-timeout-ms", "--request-timeout-ms"]);
  }
  if (origins.length > 0) server.cors = { origins: checkOrigins("--cors-origin", origins) };
  return { isHelp, isVersion, schema, resolvers, workers, server: { ...given(server), limits }, log };
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

const KNOWN: KnownFlags<Values> = { switches: new Set(["help", "version"]), readers: READERS };

/** One flag for each option: `max-body-bytes` for `maxBodyBytes`. */
function readersOf<Name extends string>(
  names: readonly Name[],
  readerOf: (name: Name) => FlagReader<Values>,
  prefix = "",
): Record<string, FlagReader<Values>> {
  const flagOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(names.map((name) => [`${prefix}${flagOf(name)}`, readerOf(name)]));
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
