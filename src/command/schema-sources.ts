// What a command serves, or computes: the files that it was told of, or the example's.

import type { SchemaSources } from "../server/schema.ts";
import type { CommandLine } from "./command-line.ts";
import { DEFAULT_SCHEMA, readSchema } from "./schema-file.ts";

/**
 * @param loadResolvers loads the module of the resolvers.
 * @throws StartError for a file that cannot be read.
 */
export async function loadSources(
  { schema, resolvers: file }: CommandLine,
  loadResolvers: () => Promise<unknown>,
): Promise<SchemaSources> {
  const typeDefsName = schema ?? DEFAULT_SCHEMA;
  const resolversName = file ?? "the resolvers of upper(x), as no --resolvers was given";
  const [typeDefs, resolvers] = await Promise.all([readSchema(typeDefsName), loadResolvers()]);
  return { typeDefs, typeDefsName, resolvers, resolversName };
}
