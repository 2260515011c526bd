#!/usr/bin/env node
// The command: serves a schema until it is told to stop.

import "./command/young-garbage.ts";
import { inspect } from "node:util";
import { readCommandLine } from "./command/command-line.ts";
import { HELP } from "./command/help.ts";
import { print } from "./command/print.ts";
import { serve } from "./command/serve.ts";
import { warnBy } from "./command/warnings.ts";
import { takePlace } from "./command/workers/place.ts";
import type { Worker } from "./command/workers/worker.ts";
import { cleanLine } from "./server/log/clean-log.ts";
import { VERSION } from "./version.ts";

/** Said in one line; whatever else goes wrong at the start is ours, and its stack is wanted. */
const FAULTS_OF_SET_UP: ReadonlySet<unknown> = new Set([
  "START_FAILED",
  "BATCH_BAD_OPTION",
  "BATCH_BAD_FIELD",
]);

await main();

async function main(): Promise<void> {
  const worker = await joinWorkers();
  // What a later worker warns of at its start, the first one has said.
  if (worker?.isFirst !== false) warnBy(({ name, message }) => console.error(`${name}: ${message}`));
  const args = process.argv.slice(2);
  try {
    if (args[0] === "types") {
      const { runTypes } = await import("./command/types-command.ts");
      process.exitCode = await runTypes(args.slice(1));
      return;
    }
    const isBatchWorker = args[0] === "worker";
    const commandLine = isBatchWorker
      ? readCommandLine(args.slice(1), process.env, "batch worker")
      : readCommandLine(args, process.env);
    if (commandLine.isHelp) {
      process.exitCode = await print(HELP);
    } else if (commandLine.isVersion) {
      process.exitCode = await print(`${VERSION}\n`);
    } else if (isBatchWorker) {
      const { runBatchWorker } = await import("./command/batch-worker-command.ts");
      await runBatchWorker(commandLine);
    } else if (commandLine.workers > 1 && worker === undefined) {
      const { runWorkers } = await import("./command/workers/primary.ts");
      await runWorkers(commandLine);
    } else {
      await serve(commandLine, worker);
    }
  } catch (error) {
    const isFaultOfSetUp = error instanceof Error && "code" in error && FAULTS_OF_SET_UP.has(error.code);
    const text = isFaultOfSetUp ? cleanLine(`jitney: ${error.message}`) : inspect(error);
    if (worker === undefined) console.error(text);
    else await worker.tellFailure(text);
    // At once: a module of resolvers may have opened what keeps the process.
    process.exit(isFaultOfSetUp ? 2 : 1);
  }
}

/** Undefined but in a process that the command has started itself, as one of several. */
async function joinWorkers(): Promise<Worker | undefined> {
  const place = takePlace(process.env);
  if (place === undefined) return undefined;
  const { Worker } = await import("./command/workers/worker.ts");
  return new Worker(place);
}
