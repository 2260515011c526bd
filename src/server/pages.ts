// Pages beside GraphQL that not everyone may see: /metrics and /batches. (Those for everyone are in probes.ts.)

import type { IncomingMessage, ServerResponse } from "node:http";
import type { BatchedField } from "../graphql/index.ts";
import { createBatchesPage } from "../monitoring/batches-page.ts";
import { createMetricsPage, type MetricsPage } from "../monitoring/metrics-page.ts";
import type { Authenticate } from "./authentication.ts";
import type { Logger } from "./log/logger.ts";
import type { ServerSettings } from "./options.ts";
import { pathOf } from "./request-checks.ts";
import { sendRefusal } from "./send.ts";
import { startError } from "./start-error.ts";

export interface Pages {
  /** Answers a GET of a page's path; returns whether the request was one. */
  send(request: IncomingMessage, response: ServerResponse): boolean;
  /** Tells whoever looks at /batches that the server goes down, and ends their streams. */
  endStreams(): void;
  /** Listens to the fields no more. */
  close(): void;
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
): Pages {
  // As a link on /batches has it: behind a proxy, both may be elsewhere.
  const graphiql = settings.graphiql ? "graphql" : undefined;
  const batches = settings.batchesPage ? createBatchesPage(fields, { graphiql }) : undefined;
  const metrics = settings.metrics ? metricsPage(fields, logger) : undefined;
  return {
    send(request, response) {
      if (request.method !== "GET" && request.method !== "HEAD") return false;
      const path = pathOf(request);
      const page = path === "/metrics" ? metrics : batches?.(path);
      if (page === undefined) return false;
      const guard = page.isOpen ? undefined : authenticate;
      void answer(request, response, page.answer, guard);
      return true;
    },
    endStreams() {
      batches?.close();
    },
    close() {
      batches?.close();
      metrics?.stop();
    },
  };
}

function metricsPage(fields: readonly BatchedField[], logger: Logger): MetricsPage {
  try {
    return createMetricsPage(fields, (err) => logger.error({ err }, "A scrape of /metrics failed"));
  } catch (error) {
    throw startError("cannot serve /metrics", error);
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
