// `jitney worker`: computes the keys that servers share, until it is told to stop.

import { logWarning } from "../server/log/warning-log.ts";
import { StartError } from "../server/start-error.ts";
import type { CommandLine } from "./command-line.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { loadBatchWorker, loadLogger } from "./load-server.ts";
import { loadResolvers } from "./resolvers-file.ts";
import { loadSources } from "./schema-sources.ts";
import { warnBy } from "./warnings.ts";

/** Any free port: several workers on one machine are the rule. The log says which. */
const DEFAULT_PORT = 0;

/** @throws StartError, BatchedFieldError, OptionError for what keeps it from starting. */
export async function runBatchWorker(commandLine: CommandLine): Promise<void> {
  const { server, name, log, resolvers } = commandLine;
  const { shared } = server;
  if (shared === undefined) throw new StartError("worker: expected --amqp URL, or JITNEY_AMQP_URL");
  const [{ buildServedSchema, startBatchWorker }, { createLogger }] = await Promise.all([
    loadBatchWorker(),
    loadLogger(),
  ]);
  const logger = await createLogger(log);
  warnBy((warning) => logWarning(logger, warning));
  const schema = buildServedSchema(await loadSources(commandLine, () => loadResolvers(resolvers)));
  const starting = startBatchWorker({ port: DEFAULT_PORT, ...server, shared, schema, logger, name });
  endOnSignals(starting);
  await starting;
}
