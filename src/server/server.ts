// A schema served over HTTP: GraphQL and GraphiQL at /graphql, /batches, /metrics, /health, /ready, and an orderly end.

import { gatewayMetrics } from "../cluster/metrics.ts";
import { type BatchedField, bindBatchedFields } from "../graphql/index.ts";
import { isMissingPackage } from "../optional-packages.ts";
import { createAuthenticate } from "./authentication.ts";
import { Drain } from "./drain.ts";
import { createHTTPServer, listen } from "./http-server.ts";
import { answerRequests } from "./listener.ts";
import { cleanLogger } from "./log/clean-log.ts";
import { logFailures } from "./log/failure-log.ts";
import { checkLogger, type Logger } from "./log/logger.ts";
import { createRequestLog } from "./log/request-log.ts";
import { logStart, startEntry } from "./log/start-log.ts";
import { checkServerOptions, type ServerOptions } from "./options.ts";
import { createPages } from "./pages.ts";
import { openGateway, SharedFields } from "./sharing.ts";
import { startError } from "./start-error.ts";
import type { ServingWorker } from "./worker.ts";
import { createYogaFor } from "./yoga.ts";

/** A server that listens. */
export interface JitneyServer {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** The batched fields of its schema. */
  readonly fields: readonly BatchedField[];
  /**
   * Ends in order: `/ready` says 503; no more requests are taken; what waits is released, with no delay for what
   * requests in flight still load; every request gets its answer; connections are closed.
   *
   * @param reason what the log is to call it, `SIGTERM` for example.
   */
  drain(reason?: string): Promise<void>;
}

/**
 * Serves a schema.
 *
 * @throws BatchedFieldError for a `@batch` that cannot be followed; StartError where it cannot listen; OptionError.
 * @example
 * const server = await startServer({ schema, port: 0 });
 * console.log(server.url);
 * await server.drain();
 */
export function startServer(options: ServerOptions): Promise<JitneyServer> {
  return startWorker(options, undefined);
}

/** The same, in one of several processes that serve together. */
export async function startWorker(
  options: ServerOptions,
  worker: ServingWorker | undefined,
): Promise<JitneyServer> {
  const { schema, limits = {} } = options;
  const settings = checkServerOptions(options);
  const given = options.logger === undefined ? await stdoutLogger() : checkLogger(options.logger);
  const logger = cleanLogger(given);
  const authenticate = settings.auth && (await createAuthenticate(settings.auth, logger));
  const gateway = settings.shared && openGateway(settings.shared, logger);
  const shared = gateway && new SharedFields(gateway);
  const fields = bindBatchedFields(schema, limits, { worker: worker?.number, passOn: shared?.passOn });
  const requestLog = createRequestLog(logger, settings.logValues);
  const yoga = await createYogaFor(schema, fields, settings, authenticate, logger, requestLog);
  const { server, onEachEnd } = createHTTPServer(settings);
  requestLog?.follow(server);
  const pages = createPages(fields, settings, authenticate, logger, {
    worker,
    moreMetrics: gateway && gatewayMetrics(gateway),
  });
  const drain = new Drain(server, onEachEnd, fields, settings, logger, () => pages.endStreams());
  const stopLog = logFailures(fields, logger);
  const stopListening = async (): Promise<void> => {
    pages.close();
    stopLog();
    await gateway?.close();
  };
  answerRequests(server, yoga, pages, drain, settings, () => {
    if (drain.hasBegun) return "draining";
    return gateway?.isConnected === false ? "waiting for the broker" : undefined;
  });
  shared?.connect();
  const url = await listen(server, settings.host, settings.port).catch(async (error: unknown) => {
    await stopListening();
    throw error;
  });
  const start = startEntry(url, fields, settings);
  if (worker === undefined) logStart(logger, start);
  else worker.tellStart(start);
  return { url, fields, drain: (reason) => drain.run(reason).finally(stopListening) };
}

/** By pino, which is optional: who gives a logger of another kind need not have it. */
async function stdoutLogger(): Promise<Logger> {
  try {
    const { createLogger } = await import("./log/stdout-logger.ts");
    return await createLogger();
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    throw startError("cannot load what writes the log, npm i pino@10", error);
  }
}
