#!/usr/bin/env node
// The command: serves a schema until it is told to stop.

import "./command/young-garbage.ts";
import { once } from "node:events";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type CommandLine, readCommandLine } from "./command/command-line.ts";
import { flushSpans } from "./command/flush-spans.ts";
import { HELP } from "./command/help.ts";
import { print } from "./command/print.ts";
import { DEFAULT_SCHEMA, readSchema } from "./command/schema-file.ts";
import { isMissingPackage } from "./optional-packages.ts";
import type { JitneyServer } from "./server/index.ts";
import { cleanLine } from "./server/log/clean-log.ts";
import { loggedError } from "./server/log/logged-error.ts";
import { logWarning } from "./server/log/warning-log.ts";
import { startError } from "./server/start-error.ts";
import { VERSION } from "./version.ts";

/**
 * A signal that comes so soon after the first is the same one: Ctrl-C under npm arrives twice in one millisecond,
 * from the terminal and from npm.
 */
const SAME_SIGNAL_MS = 500;

/** What shells use for "ended by signal n". */
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Said in one line; whatever else goes wrong at the start is ours, and its stack is wanted. */
const FAULTS_OF_SET_UP: ReadonlySet<unknown> = new Set([
  "START_FAILED",
  "BATCH_BAD_OPTION",
  "BATCH_BAD_FIELD",
]);

await main();

async function main(): Promise<void> {
  warnBy(({ name, message }) => console.error(`${name}: ${message}`));
  const args = process.argv.slice(2);
  try {
    if (args[0] === "types") {
      const { runTypes } = await import("./command/types-command.ts");
      process.exitCode = await runTypes(args.slice(1));
      return;
    }
    const commandLine = readCommandLine(args, process.env);
    if (commandLine.isHelp) {
      process.exitCode = await print(HELP);
    } else if (commandLine.isVersion) {
      process.exitCode = await print(`${VERSION}\n`);
    } else {
      await serve(commandLine);
    }
  } catch (error) {
    const isFaultOfSetUp = error instanceof Error && "code" in error && FAULTS_OF_SET_UP.has(error.code);
    console.error(isFaultOfSetUp ? cleanLine(`jitney: ${error.message}`) : error);
    // At once: a module of resolvers may have opened what keeps the process.
    process.exit(isFaultOfSetUp ? 2 : 1);
  }
}

async function serve(commandLine: CommandLine): Promise<void> {
  const { buildServedSchema, createLogger, startServer } = await loadServer();
  const logger = await createLogger(commandLine.log);
  warnBy((warning) => logWarning(logger, warning));
  const typeDefsName = commandLine.schema ?? DEFAULT_SCHEMA;
  const resolversName = commandLine.resolvers ?? "the resolvers of upper(x), as no --resolvers was given";
  const [typeDefs, resolvers] = await Promise.all([
    readSchema(typeDefsName),
    loadResolvers(commandLine.resolvers),
  ]);
  const schema = buildServedSchema({ typeDefs, typeDefsName, resolvers, resolversName });
  const starting = startServer({ ...commandLine.server, schema, logger });
  // Before it is ready: who reads that it is may stop it at once.
  stopOnSignals(starting);
  await starting;
}

/** What it stands on is optional for those who only want `batched`: they may not have it. */
async function loadServer() {
  try {
    const [server, { createLogger }] = await Promise.all([
      import("./server/index.ts"),
      import("./server/log/stdout-logger.ts"),
    ]);
    return { ...server, createLogger };
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    throw startError(
      "cannot load the server, npm i graphql-yoga @graphql-tools/schema@10 @graphql-yoga/render-graphiql graphql pino@10",
      error,
    );
  }
}

async function loadResolvers(file: string | undefined): Promise<unknown> {
  if (file === undefined) return (await import("./resolvers.ts")).default;
  const loaded = new AbortController();
  try {
    const module: Promise<{ readonly default?: unknown }> = import(pathToFileURL(resolve(file)).href);
    return (await Promise.race([module, deadEnd(loaded.signal)])).default;
  } catch (error) {
    throw startError(`cannot load the resolvers from ${file}${lineIn(file, error)}`, error);
  } finally {
    loaded.abort();
  }
}

/** Rejects when nothing is left that could go on: Node would then end the process, with a code and advice of its own. */
async function deadEnd(signal: AbortSignal): Promise<never> {
  await once(process, "beforeExit", { signal });
  throw new Error("it never finished loading: it awaits what nothing is left to bring about");
}

/** `:3:7`, where the stack of an error says that it comes from there in a file. */
function lineIn(file: string, error: unknown): string {
  const after = loggedError(error).stack.split(pathToFileURL(resolve(file)).href)[1] ?? "";
  return /^(:\d+)+/.exec(after)?.[0] ?? "";
}

/** In place of Node, which prints warnings with advice on how to see more of them. */
function warnBy(warn: (warning: Error) => void): void {
  process.removeAllListeners("warning");
  process.on("warning", warn);
}

function stopOnSignals(starting: Promise<JitneyServer>): void {
  let firstAt: number | undefined;
  const stop = (signal: keyof typeof SIGNAL_EXIT_CODES): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      // Resolvers may hold what would keep the process (a pool of connections): it ends all the same.
      void starting
        .then((server) => server.drain(signal))
        .then(flushSpans)
        .then(() => process.exit(0));
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      process.exit(SIGNAL_EXIT_CODES[signal]);
    }
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
