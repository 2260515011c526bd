// Yoga, as Jitney uses it: trimmed to what is needed, with plugins for the rest.

import type { GraphQLSchema } from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import type { BatchedField } from "../graphql/index.ts";
import { isMissingPackage } from "../optional-packages.ts";
import { type Authenticate, useAuthentication } from "./authentication.ts";
import { useBadRequest } from "./bad-request.ts";
import { useBatchFacts } from "./batch-facts.ts";
import { useBatchStatus } from "./batch-status.ts";
import { DocumentCache } from "./documents/document-cache.ts";
import { exampleQueries, noExamples } from "./example-queries.ts";
import { useExecutionSignal } from "./execution-signal.ts";
import { useHiddenSchema } from "./hidden-schema.ts";
import { createErrorLog } from "./log/error-log.ts";
import type { Logger } from "./log/logger.ts";
import type { RequestLog } from "./log/request-log.ts";
import { useOperationTurns } from "./operation-turns.ts";
import type { ServerSettings } from "./options.ts";
import { useWithoutPrintedValues } from "./printed-values.ts";
import { useQueryLimits } from "./query-limits.ts";
import { useShortErrors } from "./short-errors.ts";
import { startError } from "./start-error.ts";
import { useStreams } from "./streams.ts";
import { useVariableChecks } from "./variables.ts";

/** Yoga, and what of it the direct path has to know. */
export interface JitneyYoga {
  // biome-ignore lint/complexity/noBannedTypes: Yoga's way to say that nothing is added to its own.
  readonly server: YogaServerInstance<{}, {}>;
  readonly schema: GraphQLSchema;
  /** Jitney's own plugins, in their order. */
  readonly plugins: readonly Plugin[];
  /** Those and Yoga's, in their order. */
  readonly allPlugins: readonly Plugin[];
  readonly documents: DocumentCache;
}

/** @throws StartError where what renders GraphiQL is missing. */
export async function createYogaFor(
  schema: GraphQLSchema,
  fields: readonly BatchedField[],
  settings: ServerSettings,
  authenticate: Authenticate | undefined,
  logger: Logger,
  requestLog: RequestLog | undefined,
): Promise<JitneyYoga> {
  const { maxTokens, maxVariableValues, maxDepth, maxAliases, maxDirectives, maxOperations, graphiql } =
    settings;
  // Where not everyone may see the schema, the page does not show it either.
  const isOpen = settings.introspection && authenticate === undefined;
  const errorLog = createErrorLog(logger);
  const documents = new DocumentCache();
  let allPlugins: readonly Plugin[] = [];
  const plugins: Plugin[] = [
    {
      onPluginInit({ plugins: all }: { readonly plugins: readonly (Plugin | false)[] }) {
        // Yoga has `false` in the place of what is off.
        allPlugins = all.filter((plugin) => typeof plugin === "object");
      },
    },
    requestLog?.plugin ?? false,
    useWithoutPrintedValues(),
    errorLog.plugin,
    graphiql &&
      (await graphiqlPage(
        isOpen ? exampleQueries(schema, fields) : [noExamples(authenticate !== undefined)],
      )),
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
  ].filter((plugin) => typeof plugin === "object");
  const server = createYoga({
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
    plugins,
  });
  return { server, schema, plugins, allPlugins, documents };
}

/** Loaded where it is wanted: it takes some 40 MB (measured). */
async function graphiqlPage(examples: readonly string[]): Promise<Plugin> {
  try {
    const { useGraphiQLPage } = await import("./graphiql.ts");
    return useGraphiQLPage(examples);
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    throw startError("cannot serve GraphiQL, npm i @graphql-yoga/render-graphiql, or turn it off", error);
  }
}
