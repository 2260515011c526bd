// Serves what the command line says, in this process, until it is told to stop.

import { logWarning } from "../server/log/warning-log.ts";
import type { JitneyServer } from "../server/server.ts";
import type { CommandLine } from "./command-line.ts";
import { flushSpans } from "./flush-spans.ts";
import { loadLogger, loadServer } from "./load-server.ts";
import { loadResolvers } from "./resolvers-file.ts";
import { DEFAULT_SCHEMA, readSchema } from "./schema-file.ts";
import { onStopSignals, SIGNAL_EXIT_CODES } from "./stop-signals.ts";
import { warnBy } from "./warnings.ts";
import type { Worker } from "./workers/worker.ts";

/** @param worker where this is one of several processes. */
export async function serve(commandLine: CommandLine, worker?: Worker): Promise<void> {
  const [{ buildServedSchema, startWorker }, { createLogger }] = await Promise.all([
    loadServer(),
    loadLogger(),
  ]);
  const logger = await createLogger({ ...commandLine.log, ...(worker && { worker: worker.number }) });
  const warn = (warning: Error): void => logWarning(logger, warning);
  const isSaidAlready = worker !== undefined && !worker.isFirst;
  warnBy(isSaidAlready ? () => {} : warn);
  const typeDefsName = commandLine.schema ?? DEFAULT_SCHEMA;
  const resolversName = commandLine.resolvers ?? "the resolvers of upper(x), as no --resolvers was given";
  const load = () => loadResolvers(commandLine.resolvers);
  const [typeDefs, resolvers] = await Promise.all([
    readSchema(typeDefsName),
    worker === undefined ? load() : worker.withoutChannel(load),
  ]);
  const schema = buildServedSchema({ typeDefs, typeDefsName, resolvers, resolversName });
  const port = worker?.port;
  const options = { ...commandLine.server, ...(port === undefined ? {} : { port }), schema, logger };
  const starting = startWorker(options, worker);
  // Before it is ready: who reads that it is may stop it at once.
  stopOnSignals(starting, worker);
  await starting;
  if (isSaidAlready) warnBy(warn);
}

function stopOnSignals(starting: Promise<JitneyServer>, worker: Worker | undefined): void {
  const end = (reason: string): void => {
    // Resolvers may hold what would keep the process (a pool of connections): it ends all the same.
    void starting
      .then((server) => server.drain(reason))
      .then(flushSpans)
      .then(() => process.exit(0));
  };
  const again = (signal: keyof typeof SIGNAL_EXIT_CODES): void => process.exit(SIGNAL_EXIT_CODES[signal]);
  worker?.onEnd(end);
  onStopSignals(worker === undefined ? ["SIGTERM", "SIGINT"] : ["SIGTERM"], { first: end, again });
}
