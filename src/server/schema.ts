// The schema that a server serves, from the text of an SDL and a map of resolvers.

import { makeExecutableSchema } from "@graphql-tools/schema";
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  Source,
  validateSchema,
} from "graphql";
import { batchDirective } from "../graphql/index.ts";
import { StartError, startError } from "./start-error.ts";

/** Where the parts of a schema are from, for messages. */
export interface SchemaSources {
  /** The SDL, and the name of its file. */
  readonly typeDefs: string;
  readonly typeDefsName: string;
  /** A map of resolvers, `{ Query: { upper } }`, and the name of its file. */
  readonly resolvers: unknown;
  readonly resolversName: string;
}

/**
 * Builds an executable schema. `@batch` is defined where the SDL does not define it.
 *
 * @throws StartError for an SDL that is wrong, and for resolvers that do not match it.
 */
export function buildServedSchema(sources: SchemaSources): GraphQLSchema {
  const { typeDefs, typeDefsName, resolvers, resolversName } = sources;
  // Without resolvers first, so that what is then wrong is of the resolvers.
  const document = parseSDL(typeDefs, typeDefsName);
  buildAlone(document, typeDefsName);
  if (!isResolverMap(resolvers)) {
    throw new StartError(`${resolversName}: expected a map of resolvers as the default export`);
  }
  const schema = build(document, resolvers, `${resolversName}, ${typeDefsName}`);
  checkRootFields(schema, resolversName);
  return schema;
}

/**
 * The same without resolvers.
 *
 * @throws StartError for an SDL that is wrong.
 */
export function buildSchemaAlone(typeDefs: string, typeDefsName: string): GraphQLSchema {
  return buildAlone(parseSDL(typeDefs, typeDefsName), typeDefsName);
}

function buildAlone(document: DocumentNode, typeDefsName: string): GraphQLSchema {
  const schema = build(document, {}, typeDefsName);
  const [fault] = validateSchema(schema);
  if (fault !== undefined) throw startError(placeOf(fault, typeDefsName), fault);
  return schema;
}

function parseSDL(text: string, name: string): DocumentNode {
  try {
    return parse(new Source(text, name));
  } catch (error) {
    throw startError(placeOf(error, name), error);
  }
}

/** `schema.graphql:3:12` where the error says so. */
function placeOf(error: unknown, name: string): string {
  const location = error instanceof GraphQLError ? error.locations?.[0] : undefined;
  return location === undefined ? name : `${name}:${location.line}:${location.column}`;
}

function build(document: DocumentNode, resolvers: Record<string, never>, where: string): GraphQLSchema {
  const definesBatch = document.definitions.some(
    (node) => node.kind === Kind.DIRECTIVE_DEFINITION && node.name.value === "batch",
  );
  try {
    return makeExecutableSchema({
      typeDefs: definesBatch ? document : [batchDirective, document],
      resolvers,
      resolverValidationOptions: { requireResolversToMatchSchema: "error" },
    });
  } catch (error) {
    throw startError(where, error);
  }
}

function isResolverMap(given: unknown): given is Record<string, never> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** A root field without a resolver can only ever be null: surely something is missing. */
function checkRootFields(schema: GraphQLSchema, resolversName: string): void {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const [name, field] of Object.entries(type?.getFields() ?? {})) {
      if (field.resolve === undefined) {
        throw new StartError(`${resolversName}: ${type?.name}.${name} has no resolver`);
      }
    }
  }
}
