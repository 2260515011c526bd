// A worker of shared batches as a process: what it computes, and its probes, /metrics and /batches over HTTP.

import type { IncomingMessage, ServerResponse } from "node:http";
import { shownAddress } from "../cluster/address.ts";
import { BatchWorker } from "../cluster/batch-worker.ts";
import { workerMetrics } from "../cluster/metrics.ts";
import { originFrom } from "../graphql/batch-watch.ts";
import { type BatchedField, bindBatchedFields } from "../graphql/index.ts";
import { createAuthenticate } from "./authentication.ts";
import { createHostCheck } from "./hosts.ts";
import { createHTTPServer, listen } from "./http-server.ts";
import { cleanLogger } from "./log/clean-log.ts";
import { logFailures } from "./log/failure-log.ts";
import type { Logger } from "./log/logger.ts";
import { startEntry } from "./log/start-log.ts";
import { checkServerOptions, type ServerOptions, type SharedOptions } from "./options.ts";
import { createPages, type Pages } from "./pages.ts";
import { type NotReady, sendProbe } from "./probes.ts";
import { refusalOfRepeated } from "./request-checks.ts";
import { type Refusal, sendRefusal } from "./send.ts";
import { StartError, startError } from "./start-error.ts";

const NOT_FOUND: Refusal = {
  status: 404,
  code: "NOT_FOUND",
  message: "Nothing is here: a worker computes batches, and its gateways answer GraphQL",
};

export interface BatchWorkerServerOptions extends Omit<ServerOptions, "shared" | "logger"> {
  readonly shared: SharedOptions;
  readonly logger: Logger;
  /** What the answers of the worker call it; default: the machine's name and the number of the process. */
  readonly name?: string | undefined;
}

export interface BatchWorkerServer {
  /** Of its pages. */
  readonly url: string;
  /** Takes no more keys, answers those that it has, and ends. */
  drain(reason?: string): Promise<void>;
}

/**
 * Computes the keys of all batched fields of a schema, for all the servers that share them.
 *
 * @throws StartError for a schema without batched fields, or with one that passes its keys on itself; BatchedFieldError;
 * OptionError.
 */
export async function startBatchWorker(options: BatchWorkerServerOptions): Promise<BatchWorkerServer> {
  const settings = { ...checkServerOptions(options), graphiql: false };
  const logger = cleanLogger(options.logger);
  const authenticate = settings.auth && (await createAuthenticate(settings.auth, logger));
  const fields = bindBatchedFields(options.schema, options.limits, { worker: options.name });
  checkFields(fields);
  const worker = workerOf(fields, options, logger);
  const { server } = createHTTPServer(settings);
  const pages = createPages(fields, settings, authenticate, logger, {
    moreMetrics: workerMetrics(worker),
  });
  const stopLog = logFailures(fields, logger);
  let isDraining = false;
  const hosts = createHostCheck(server, settings.host, settings.allowedHosts);
  const notReady: NotReady = () => {
    if (isDraining) return "draining";
    return worker.isConnected ? undefined : "waiting for the broker";
  };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refusalOfRepeated(request) ?? hosts.refusalOf(request);
    answer(request, response, notReady, pages, refusal);
  });
  const url = await listen(server, settings.host, settings.port).catch(async (error: unknown) => {
    stopLog();
    await worker.drain();
    throw error;
  });
  const { fields: ofFields, pages: addresses } = startEntry(url, fields, settings);
  logger.info(
    { worker: worker.name, pages: addresses, fields: ofFields },
    `Jitney worker ${worker.name} computes ${fields.map(({ coordinate }) => coordinate).join(", ")}; its pages are at ${url}`,
  );
  const end = async (reason: string | undefined): Promise<void> => {
    isDraining = true;
    logger.info({ reason }, `Draining${reason === undefined ? "" : ` on ${reason}`}`);
    // What is not answered by then, another worker computes.
    await worker.drain({ graceMs: settings.drainTimeoutMs });
    stopLog();
    pages.endStreams();
    pages.close();
    server.close();
    server.closeAllConnections();
    logger.info({}, "Drained");
  };
  let ended: Promise<void> | undefined;
  return {
    url,
    drain(reason) {
      ended ??= end(reason);
      return ended;
    },
  };
}

function checkFields(fields: readonly BatchedField[]): void {
  if (fields.length === 0)
    throw new StartError("the schema has no batched field: there is nothing to compute");
  const passing = fields.find(({ batcher }) => batcher.passesOn);
  if (passing === undefined) return;
  throw new StartError(
    `${passing.coordinate}: it passes its keys on: expected the batch function that computes them`,
  );
}

function workerOf(
  fields: readonly BatchedField[],
  { shared, name }: BatchWorkerServerOptions,
  logger: Logger,
): BatchWorker {
  try {
    return new BatchWorker({
      ...shared,
      fields,
      ...(name === undefined ? {} : { name }),
      originOf: originFrom,
      onWarning: (message) => logger.warn({}, message),
      onUp: () => logger.info({}, `Connected to the broker ${shownAddress(shared.url)}`),
    });
  } catch (error) {
    throw startError("cannot compute shared batches", error);
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  notReady: NotReady,
  pages: Pages,
  refusal: Refusal | undefined,
): void {
  if (sendProbe(request, response, notReady, false)) return;
  if (refusal !== undefined) sendRefusal(response, refusal);
  else if (!pages.send(request, response)) sendRefusal(response, NOT_FOUND);
}
