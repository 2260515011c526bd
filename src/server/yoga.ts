// Yoga, as Jitney uses it: trimmed to what is needed, with plugins for the rest.

import type { GraphQLSchema } from "graphql";
import { createYoga } from "graphql-yoga";
import type { BatchedField } from "../graphql/index.ts";
import { type Authenticate, useAuthentication } from "./authentication.ts";
import { useBadRequest } from "./bad-request.ts";
import { useBatchFacts } from "./batch-facts.ts";
import { useBatchStatus } from "./batch-status.ts";
import { DocumentCache } from "./documents/document-cache.ts";
import { exampleQueries, noExamples } from "./example-queries.ts";
import { useExecutionSignal } from "./execution-signal.ts";
import { useGraphiQLPage } from "./graphiql.ts";
import { useHiddenSchema } from "./hidden-schema.ts";
import { createErrorLog } from "./log/error-log.ts";
import type { Logger } from "./log/logger.ts";
import type { RequestLog } from "./log/request-log.ts";
import { useOperationTurns } from "./operation-turns.ts";
import type { ServerSettings } from "./options.ts";
import { useWithoutPrintedValues } from "./printed-values.ts";
import { useQueryLimits } from "./query-limits.ts";
import { useShortErrors } from "./short-errors.ts";
import { useStreams } from "./streams.ts";
import { useVariableChecks } from "./variables.ts";

export function createYogaFor(
  schema: GraphQLSchema,
  fields: readonly BatchedField[],
  settings: ServerSettings,
  authenticate: Authenticate | undefined,
  logger: Logger,
  requestLog: RequestLog | undefined,
) {
  const { maxTokens, maxVariableValues, maxDepth, maxAliases, maxDirectives, maxOperations, graphiql } =
    settings;
  // Where not everyone may see the schema, the page does not show it either.
  const isOpen = settings.introspection && authenticate === undefined;
  const errorLog = createErrorLog(logger);
  const documents = new DocumentCache();
  return createYoga({
    schema,
    graphqlEndpoint: "/graphql",
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    batching: { limit: maxOperations },
    maskedErrors: { isDev: false },
    logging: { debug: () => {}, info: () => {}, warn: errorLog.write, error: errorLog.write },
    plugins: [
      requestLog?.plugin ?? false,
      useWithoutPrintedValues(),
      errorLog.plugin,
      graphiql &&
        useGraphiQLPage(isOpen ? exampleQueries(schema, fields) : [noExamples(authenticate !== undefined)]),
      authenticate !== undefined && useAuthentication(authenticate),
      !settings.introspection && useHiddenSchema(),
      documents.plugin,
      useStreams(),
      useQueryLimits(
        {
          tokens: maxTokens,
          fields: maxTokens,
          depth: maxDepth,
          aliases: maxAliases,
          directives: maxDirectives,
        },
        (document) => documents.alike(document),
      ),
      useShortErrors(),
      useOperationTurns(),
      useVariableChecks(maxVariableValues),
      useBadRequest(maxTokens),
      useExecutionSignal(),
      useBatchFacts(settings.batchFacts),
      useBatchStatus(),
    ],
  });
}
