// Pages beside GraphQL that not everyone may see: /metrics and /batches. (Those for everyone are in probes.ts.)

import type { IncomingMessage, ServerResponse } from "node:http";
import type { BatchedField } from "../graphql/index.ts";
import { createBatchesPage, type WorkerPlace } from "../monitoring/batches-page.ts";
import { createMetricsPage } from "../monitoring/metrics-page.ts";
import type { Metric } from "../monitoring/more-metrics.ts";
import type { Authenticate } from "./authentication.ts";
import type { Logger } from "./log/logger.ts";
import type { ServerSettings } from "./options.ts";
import { pathOf } from "./request-checks.ts";
import { type Refusal, sendRefusal } from "./send.ts";
import { startError } from "./start-error.ts";
import type { ServingWorker } from "./worker.ts";

const ONLY_READ: Refusal = {
  status: 405,
  code: "METHOD_NOT_ALLOWED",
  message: "This page can only be read, by GET or HEAD",
};

export interface Pages {
  /** Answers a request for a page's path; returns whether it was one. */
  send(request: IncomingMessage, response: ServerResponse): boolean;
  /** Tells whoever looks at /batches that the server goes down, and ends their streams. */
  endStreams(): void;
  /** Listens to the fields no more. */
  close(): void;
}

export interface PagesOptions {
  /** Where several processes serve together. */
  readonly worker?: ServingWorker | undefined;
  /** For /metrics, beside those of the fields. */
  readonly moreMetrics?: readonly Metric[] | undefined;
}

/**
 * The pages that are on. They ask for a token where GraphQL does: all but what holds nothing of this server.
 *
 * @throws StartError where a package is missing that one of them needs.
 */
export function createPages(
  fields: readonly BatchedField[],
  settings: ServerSettings,
  authenticate: Authenticate | undefined,
  logger: Logger,
  { worker, moreMetrics }: PagesOptions = {},
): Pages {
  // As a link on /batches has it: behind a proxy, both may be elsewhere.
  const graphiql = settings.graphiql ? "graphql" : undefined;
  const batches = settings.batchesPage
    ? made("/batches", () => createBatchesPage(fields, { graphiql, worker: placeOf(worker) }))
    : undefined;
  const onError = (err: unknown): void => logger.error({ err }, "A scrape of /metrics failed");
  const metrics = settings.metrics
    ? made("/metrics", () => createMetricsPage(fields, onError, worker?.metrics, moreMetrics))
    : undefined;
  return {
    send(request, response) {
      const path = pathOf(request);
      const page = path === "/metrics" ? metrics : batches?.(path);
      if (page === undefined) return false;
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.setHeader("Allow", "GET, HEAD");
        sendRefusal(response, ONLY_READ);
        return true;
      }
      const guard = page.isOpen ? undefined : authenticate;
      void answer(request, response, page.answer, guard);
      return true;
    },
    endStreams() {
      batches?.close();
    },
    close() {
      metrics?.stop();
    },
  };
}

function placeOf(worker: ServingWorker | undefined): WorkerPlace | undefined {
  return worker && { number: worker.number, count: worker.count };
}

function made<Made>(path: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw startError(`cannot serve ${path}`, error);
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  send: (request: IncomingMessage, response: ServerResponse) => void,
  authenticate: Authenticate | undefined,
): Promise<void> {
  const verdict = await authenticate?.(request.headers.authorization ?? null);
  if (verdict !== undefined && "refusal" in verdict) sendRefusal(response, verdict.refusal);
  else send(request, response);
}
