// A schema served over HTTP: GraphQL and GraphiQL at /graphql, /health, /ready, and an orderly end.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { GraphQLSchema } from "graphql";
import { createYoga } from "graphql-yoga";
import { checkCount, checkDelay, type Limits } from "../batching/limits.ts";
import { type BatchedField, bindBatchedFields } from "../graphql/index.ts";
import { useBadRequest } from "./bad-request.ts";
import { useBatchStatus } from "./batch-status.ts";
import { boundBody } from "./body-limit.ts";
import { documentCaches } from "./document-cache.ts";
import { Drain } from "./drain.ts";
import { exampleQueries } from "./example-queries.ts";
import { useExecutionSignal } from "./execution-signal.ts";
import { type Log, logFailures } from "./failure-log.ts";
import { useGraphiQLPage } from "./graphiql.ts";
import { checkPort } from "./port.ts";
import { pathOf, refusalOf } from "./request-checks.ts";
import { type Refusal, sendJSON, sendRefusal } from "./send.ts";
import { StartError, startError } from "./start-error.ts";

/** What to serve, and where. All but the schema are optional. */
export interface ServerOptions {
  /** An executable schema, with resolvers made by `batched`. */
  readonly schema: GraphQLSchema;
  /** Limits that win over those in `@batch` and in code, for every field. */
  readonly limits?: Partial<Limits>;
  /** Default "127.0.0.1": this machine alone. */
  readonly host?: string;
  /** Default 4000; 0 takes any that is free. */
  readonly port?: number;
  /** Bytes, 1 or more, that the body of a request may have; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** How many tokens (names, values, punctuation) a query may have, 1 or more; default 10,000. */
  readonly maxTokens?: number;
  /** Milliseconds for which a draining server says so at `/ready` before it stops taking requests; default 0. */
  readonly drainDelayMs?: number;
  /**
   * Milliseconds within which requests in flight are answered, or given up, once it has stopped taking more; default
   * 30,000. The last of it, `abortGraceMs` but half of it at most, is for calls that are told to stop.
   */
  readonly drainTimeoutMs?: number;
  /** Gets an entry for each failed batch and each unexpected error; default: standard error. */
  readonly log?: Log;
}

/** A server that listens. */
export interface JitneyServer {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** The batched fields of its schema. */
  readonly fields: readonly BatchedField[];
  /**
   * Ends in order: `/ready` says 503; no more requests are taken; what waits is released, with no delay for what
   * requests in flight still load; every request gets its answer; connections are closed.
   */
  drain(): Promise<void>;
}

const SHUTTING_DOWN: Refusal = {
  status: 503,
  code: "BATCH_SHUTTING_DOWN",
  message: "The server is shutting down",
  retryAfterSeconds: 1,
};

const NOT_SENT: Refusal = {
  status: 500,
  code: "INTERNAL_SERVER_ERROR",
  message: "Unexpected error.",
};

const DEFAULT_PORT = 4000;
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_MAX_BODY_BYTES = 2 ** 20;
const DEFAULT_MAX_TOKENS = 10_000;
const DEFAULT_DRAIN_TIMEOUT_MS = 30_000;
/** How many operations one array body may hold. */
const MAX_OPERATIONS = 100;

/**
 * Serves a schema.
 *
 * @throws BatchedFieldError for a `@batch` that cannot be followed; StartError where it cannot listen; OptionError.
 * @example
 * const server = await startServer({ schema, port: 0 });
 * console.log(server.url);
 * await server.drain();
 */
export async function startServer(options: ServerOptions): Promise<JitneyServer> {
  const { schema, limits = {}, log = (entry) => console.error(entry) } = options;
  const host = options.host ?? DEFAULT_HOST;
  const port = checkPort("port", options.port ?? DEFAULT_PORT);
  const maxBodyBytes = checkCount("maxBodyBytes", options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES);
  const maxTokens = checkCount("maxTokens", options.maxTokens ?? DEFAULT_MAX_TOKENS);
  const drainDelayMs = checkDelay("drainDelayMs", options.drainDelayMs ?? 0);
  const drainTimeoutMs = checkDelay("drainTimeoutMs", options.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS);

  const fields = bindBatchedFields(schema, limits);
  logFailures(fields, log);
  const yoga = createYogaFor(schema, fields, maxTokens, log);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await yoga(request, response);
    // An error of the user's may ask for a status or a header that there is not: Yoga then sends nothing at all.
    if (!response.headersSent && !response.destroyed) sendRefusal(response, NOT_SENT);
  };
  const server = createServer();
  const drain = new Drain(server, fields, drainDelayMs, drainTimeoutMs);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    drain.track(response);
    // A target in absolute form (RFC 9112, section 3.2.2), as proxies send it.
    request.url = request.url?.replace(/^https?:\/\/[^/?]*/i, "") || "/";
    if (sendProbe(request, response, drain)) return;
    const refusal = drain.isClosed ? SHUTTING_DOWN : refusalOf(request);
    if (refusal !== undefined) sendRefusal(response, refusal);
    else if (boundBody(request, response, maxBodyBytes)) void answer(request, response);
  };
  server.on("request", handle);
  // A client that asks first (`Expect: 100-continue`) need not send a body that would be refused.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers["content-length"] ?? 0) <= maxBodyBytes) response.writeContinue();
    handle(request, response);
  });
  const url = await listen(server, host, port);
  return { url, fields, drain: () => drain.run() };
}

function createYogaFor(schema: GraphQLSchema, fields: readonly BatchedField[], maxTokens: number, log: Log) {
  const logAny = (...parts: unknown[]): void => log(parts.map(textOf).join(" "));
  return createYoga({
    schema,
    graphqlEndpoint: "/graphql",
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
    parserAndValidationCache: documentCaches(),
    batching: { limit: MAX_OPERATIONS },
    maskedErrors: { isDev: false },
    logging: { debug: () => {}, info: () => {}, warn: logAny, error: logAny },
    plugins: [
      useGraphiQLPage(exampleQueries(schema, fields)),
      useBadRequest(maxTokens),
      useExecutionSignal(),
      useBatchStatus(),
    ],
  });
}

/** Answers a probe, and a visitor of the bare address; returns whether the request was one. */
function sendProbe(request: IncomingMessage, response: ServerResponse, drain: Drain): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  switch (pathOf(request)) {
    case "/":
      response.writeHead(302, { Location: "/graphql" }).end();
      return true;
    case "/health":
      sendJSON(response, 200, { status: "ok" });
      return true;
    case "/ready":
      if (drain.hasBegun) sendJSON(response, 503, { status: "draining" });
      else sendJSON(response, 200, { status: "ready" });
      return true;
    default:
      return false;
  }
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const where = `cannot listen on ${host}:${port}`;
    throw isTaken
      ? new StartError(`${where}: the port is in use`, { cause: error })
      : startError(where, error);
  }
  const { address, family, port: listened } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${listened}`;
}

function textOf(part: unknown): string {
  return typeof part === "string" ? part : inspect(part);
}
