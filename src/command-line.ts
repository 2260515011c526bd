// The flags of the command, and the environment variables beside them.

import { parseArgs } from "node:util";
import { checkCount, checkDelay, LIMIT_CHECKS, type Limits } from "./batching/limits.ts";
import { checkPort } from "./server/port.ts";
import type { ServerOptions } from "./server/server.ts";
import { StartError } from "./server/start-error.ts";

export const HELP = `Usage: npm start -- [options]        (as a package: jitney [options])

Serves a GraphQL schema whose batched fields are computed for many requests at once.

  --schema FILE           the schema in SDL (default: upper(x), as an example)
  --resolvers FILE        its resolvers: a .ts or .js module whose default export is a map of resolvers
  --host HOST             where to listen (default: 127.0.0.1; also from HOST)
  --port PORT             where to listen, 0 for any free port (default: 4000; also from PORT)

These win over @batch in the schema and over the code, for every field:
  --max-batch-size N      a batch leaves at once when it holds so many keys
  --max-delay-ms MS       a batch leaves when its oldest key has waited so long
  --concurrency N         how many batches of a field run at once
  --max-queue-size N      how many callers may wait; one more is refused
  --timeout-ms MS         a caller's whole wait, queue and run together

  --max-body-bytes N      how large the body of a request may be (default: 1048576)
  --max-tokens N          how many tokens a query may have (default: 10000)
  --drain-delay-ms MS     how long /ready says 503 before the server stops taking requests (default: 0)
  --drain-timeout-ms MS   how long requests in flight may take then (default: 30000)
  --help                  this text
  --version               the version
`;

const STRING_FLAGS = ["schema", "resolvers", "host"] as const;

const LIMIT_FLAGS = {
  "max-batch-size": "maxBatchSize",
  "max-delay-ms": "maxDelayMs",
  concurrency: "concurrency",
  "max-queue-size": "maxQueueSize",
  "timeout-ms": "timeoutMs",
} as const satisfies Readonly<Record<string, keyof Limits>>;

const SERVER_FLAGS = {
  port: ["port", checkPort],
  "max-body-bytes": ["maxBodyBytes", checkCount],
  "max-tokens": ["maxTokens", checkCount],
  "drain-delay-ms": ["drainDelayMs", checkDelay],
  "drain-timeout-ms": ["drainTimeoutMs", checkDelay],
} as const;

const OPTIONS: Readonly<Record<string, { readonly type: "string" | "boolean" }>> = {
  help: { type: "boolean" },
  version: { type: "boolean" },
  ...Object.fromEntries(
    [...STRING_FLAGS, ...Object.keys(LIMIT_FLAGS), ...Object.keys(SERVER_FLAGS)].map((name) => [
      name,
      { type: "string" },
    ]),
  ),
};

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** What the command was told to do. */
export interface CommandLine {
  readonly isHelp: boolean;
  readonly isVersion: boolean;
  readonly schema: string | undefined;
  readonly resolvers: string | undefined;
  /** Options for `startServer`: those that were given. */
  readonly server: Omit<ServerOptions, "schema" | "log">;
}

/**
 * @throws StartError for a flag that does not exist or lacks its value.
 * @throws OptionError for a value that cannot be used.
 */
export function readCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): CommandLine {
  const flags = parseFlags(args);
  const limits: Mutable<Partial<Limits>> = {};
  for (const [flag, name] of Object.entries(LIMIT_FLAGS)) {
    const given = flags[flag];
    if (given !== undefined) limits[name] = LIMIT_CHECKS[name](`--${flag}`, numberOf(given));
  }
  const isInformation = flags.help === true || flags.version === true;
  const server: Mutable<CommandLine["server"]> = { limits };
  const host = textOf(flags.host) ?? env.HOST;
  if (host) server.host = host;
  if (env.PORT && flags.port === undefined && !isInformation) {
    server.port = checkPort("PORT", numberOf(env.PORT));
  }
  for (const [flag, [name, check]] of Object.entries(SERVER_FLAGS)) {
    const given = flags[flag];
    if (given !== undefined) server[name] = check(`--${flag}`, numberOf(given));
  }
  return {
    isHelp: flags.help === true,
    isVersion: flags.version === true,
    schema: textOf(flags.schema),
    resolvers: textOf(flags.resolvers),
    server,
  };
}

/** Not `strict`, whose messages go on about how to pass such a word as a positional argument. */
function parseFlags(args: readonly string[]): Flags {
  const { tokens, values } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") {
      throw new StartError(`unexpected argument: ${token.value} (see --help)`);
    }
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(OPTIONS, token.name) ? OPTIONS[token.name] : undefined;
    if (option === undefined) throw new StartError(`unknown option: ${token.rawName} (see --help)`);
    // A word like a flag is the next flag, unless it is tied to this one: `--schema=--odd-name`.
    const isMissing = !token.value || (!token.inlineValue && token.value.startsWith("--"));
    if (option.type === "string" && isMissing) {
      throw new StartError(`${token.rawName}: expected a value (see --help)`);
    }
    if (option.type === "boolean" && token.value !== undefined) {
      throw new StartError(`${token.rawName}: takes no value`);
    }
  }
  return values;
}

/** The number that a text is, or the text itself, for the check to refuse. */
function numberOf(given: string | boolean): unknown {
  return typeof given === "string" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(given.trim())
    ? Number(given)
    : given;
}

function textOf(given: string | boolean | undefined): string | undefined {
  return typeof given === "string" ? given : undefined;
}
