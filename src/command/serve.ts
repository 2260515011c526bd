// Serves what the command line says, in this process, until it is told to stop.

import { logWarning } from "../server/log/warning-log.ts";
import type { CommandLine } from "./command-line.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { loadLogger, loadServer } from "./load-server.ts";
import { loadResolvers } from "./resolvers-file.ts";
import { loadSources } from "./schema-sources.ts";
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
  const load = () => loadResolvers(commandLine.resolvers);
  const sources = await loadSources(commandLine, () =>
    worker === undefined ? load() : worker.withoutChannel(load),
  );
  const schema = buildServedSchema(sources);
  const port = worker?.port;
  const options = { ...commandLine.server, ...(port === undefined ? {} : { port }), schema, logger };
  const starting = startWorker(options, worker);
  // Before it is ready: who reads that it is may stop it at once.
  endOnSignals(starting, worker);
  await starting;
  if (isSaidAlready) warnBy(warn);
}
