// A schema served over HTTP: GraphQL and GraphiQL at /graphql, /health, /ready, and an orderly end.

import { type BatchedField, bindBatchedFields } from "../graphql/index.ts";
import { createAuthenticate } from "./authentication.ts";
import { cleanLog } from "./clean-log.ts";
import { Drain } from "./drain.ts";
import { logFailures } from "./failure-log.ts";
import { createHTTPServer, listen } from "./http-server.ts";
import { answerRequests } from "./listener.ts";
import { checkServerOptions, type ServerOptions } from "./options.ts";
import { createYogaFor } from "./yoga.ts";

/** A server that listens. */
export interface JitneyServer {
  /** `http://127.0.0.1:4000` */
  readonly url: string;
  /** The batched fields of its schema. */
  readonly fields: readonly BatchedField[];
  /** Whether browsers get GraphiQL. */
  readonly hasGraphiQL: boolean;
  /** Whether requests need a bearer token. */
  readonly needsToken: boolean;
  /**
   * Ends in order: `/ready` says 503; no more requests are taken; what waits is released, with no delay for what
   * requests in flight still load; every request gets its answer; connections are closed.
   */
  drain(): Promise<void>;
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
export async function startServer(options: ServerOptions): Promise<JitneyServer> {
  const { schema, limits = {} } = options;
  const log = cleanLog(options.log ?? ((entry) => console.error(entry)));
  const settings = checkServerOptions(options);
  const authenticate = settings.auth && (await createAuthenticate(settings.auth, log));
  const fields = bindBatchedFields(schema, limits);
  logFailures(fields, log);
  const yoga = createYogaFor(schema, fields, settings, authenticate, log);
  const server = createHTTPServer(settings);
  const drain = new Drain(server, fields, settings.drainDelayMs, settings.drainTimeoutMs);
  answerRequests(server, yoga, drain, settings);
  const url = await listen(server, settings.host, settings.port);
  return {
    url,
    fields,
    hasGraphiQL: settings.graphiql,
    needsToken: authenticate !== undefined,
    drain: () => drain.run(),
  };
}
