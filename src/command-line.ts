// The flags of the command, and the environment variables beside them.

import { JWT_OPTION_NAMES, readAuth } from "./auth-flags.ts";
import { FIELD_LIMIT_NAMES, LIMIT_CHECKS, type Limits } from "./batching/limits.ts";
import { readFlags } from "./flags.ts";
import type { JWTOptions } from "./server/auth-options.ts";
import { checkChoice } from "./server/choice.ts";
import { checkOrigins } from "./server/cors.ts";
import { checkHosts } from "./server/hosts.ts";
import { checkLogFormat, checkLogLevel, type LogOptions } from "./server/log/logger.ts";
import {
  checkBatchFacts,
  checkHeadersTimeout,
  NUMBER_OPTION_NAMES,
  NUMBER_OPTIONS,
  type ServerOptions,
  SWITCH_OPTION_NAMES,
} from "./server/options.ts";

export { HELP } from "./help.ts";

/** What the command was told to do. */
export interface CommandLine {
  readonly isHelp: boolean;
  readonly isVersion: boolean;
  readonly schema: string | undefined;
  readonly resolvers: string | undefined;
  /** Options for `startServer`: those that were given. */
  readonly server: Omit<ServerOptions, "schema" | "logger">;
  readonly log: LogOptions;
}

/**
 * @throws StartError for a flag that does not exist or lacks its value, and for a secret that cannot be used.
 * @throws OptionError for a value that cannot be used.
 */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const { switches, values } = readGiven(args);
  const { schema, resolvers, limits, origins, jwt, log, server } = values;
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
  return { isHelp, isVersion, schema, resolvers, server: { ...given(server), limits }, log };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Draft<T> = { -readonly [Name in keyof T]?: T[Name] | undefined };

/** What the flags have said so far. */
interface Values {
  schema?: string;
  resolvers?: string;
  readonly limits: Mutable<Partial<Limits>>;
  readonly origins: string[];
  readonly jwt: Mutable<JWTOptions>;
  readonly log: Mutable<LogOptions>;
  readonly server: Draft<Omit<ServerOptions, "schema" | "logger" | "limits">>;
}

/** Puts the value of a flag where it belongs; `flag` is what messages call it. */
type Read = (values: Values, given: string, flag: string) => void;

const SWITCHES: ReadonlySet<string> = new Set(["help", "version"]);

/** Every flag that takes a value. */
const FLAGS: ReadonlyMap<string, Read> = new Map(
  Object.entries<Read>({
    schema(values, given) {
      values.schema = given;
    },
    resolvers(values, given) {
      values.resolvers = given;
    },
    host({ server }, given) {
      server.host = given;
    },
    "batch-facts"({ server }, given, flag) {
      server.batchFacts = checkBatchFacts(flag, given);
    },
    "log-format"({ log }, given, flag) {
      log.format = checkLogFormat(flag, given);
    },
    "log-level"({ log }, given, flag) {
      log.level = checkLogLevel(flag, given);
    },
    "cors-origin"({ origins }, given) {
      origins.push(...partsOf(given));
    },
    "allowed-hosts"({ server }, given, flag) {
      server.allowedHosts = [...(server.allowedHosts ?? []), ...checkHosts(flag, partsOf(given))];
    },
    ...readsOf(SWITCH_OPTION_NAMES, (name) => ({ server }, given, flag) => {
      server[name] = checkChoice(flag, ["on", "off"], given) === "on";
    }),
    ...readsOf(FIELD_LIMIT_NAMES, (name) => ({ limits }, given, flag) => {
      limits[name] = LIMIT_CHECKS[name](flag, numberOf(given));
    }),
    ...readsOf(NUMBER_OPTION_NAMES, (name) => ({ server }, given, flag) => {
      server[name] = NUMBER_OPTIONS[name].check(flag, numberOf(given));
    }),
    ...readsOf(
      JWT_OPTION_NAMES,
      (name) =>
        ({ jwt }, given) => {
          jwt[name] = given;
        },
      "jwt-",
    ),
  }),
);

/** One flag for each option: `max-body-bytes` for `maxBodyBytes`. */
function readsOf<Name extends string>(
  names: readonly Name[],
  readOf: (name: Name) => Read,
  prefix = "",
): Record<string, Read> {
  const flagOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(names.map((name) => [`${prefix}${flagOf(name)}`, readOf(name)]));
}

function readGiven(args: readonly string[]): { switches: ReadonlySet<string>; values: Values } {
  const values: Values = { limits: {}, origins: [], jwt: {}, log: {}, server: {} };
  const known = { switches: SWITCHES, valued: new Set(FLAGS.keys()) };
  const switches = readFlags(args, known, (name, value, flag) => FLAGS.get(name)?.(values, value, flag));
  return { switches, values };
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
