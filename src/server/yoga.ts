// Yoga, as Jitney uses it: trimmed to what is needed, with plugins for the rest.

import { inspect } from "node:util";
import type { GraphQLSchema } from "graphql";
import { createYoga } from "graphql-yoga";
import type { BatchedField } from "../graphql/index.ts";
import { type Authenticate, useAuthentication } from "./authentication.ts";
import { useBadRequest } from "./bad-request.ts";
import { useBatchStatus } from "./batch-status.ts";
import { documentCaches } from "./document-cache.ts";
import { exampleQueries } from "./example-queries.ts";
import { useExecutionSignal } from "./execution-signal.ts";
import type { Log } from "./failure-log.ts";
import { useGraphiQLPage } from "./graphiql.ts";
import { useHiddenSchema } from "./hidden-schema.ts";
import type { ServerSettings } from "./options.ts";
import { useQueryLimits } from "./query-limits.ts";
import { useStreams } from "./streams.ts";

export function createYogaFor(
  schema: GraphQLSchema,
  fields: readonly BatchedField[],
  settings: ServerSettings,
  authenticate: Authenticate | undefined,
  log: Log,
) {
  const { maxTokens, maxDepth, maxAliases, maxDirectives, maxOperations, graphiql } = settings;
  // Where not everyone may see the schema, the page does not show it either.
  const isOpen = settings.introspection && authenticate === undefined;
  const logAny = (...parts: unknown[]): void => log(parts.map(textOf).join(" "));
  const documents = documentCaches();
  return createYoga({
    schema,
    graphqlEndpoint: "/graphql",
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
    parserAndValidationCache: documents.caches,
    batching: { limit: maxOperations },
    maskedErrors: { isDev: false },
    logging: { debug: () => {}, info: () => {}, warn: logAny, error: logAny },
    plugins: [
      documents.plugin,
      graphiql && useGraphiQLPage(isOpen ? exampleQueries(schema, fields) : []),
      authenticate !== undefined && useAuthentication(authenticate),
      !settings.introspection && useHiddenSchema(),
      useStreams(),
      useQueryLimits({ depth: maxDepth, aliases: maxAliases, directives: maxDirectives, fields: maxTokens }),
      // After the limits, whose functions recurse too.
      useBadRequest(maxTokens),
      useExecutionSignal(),
      useBatchStatus(),
    ],
  });
}

function textOf(part: unknown): string {
  return typeof part === "string" ? part : inspect(part);
}
