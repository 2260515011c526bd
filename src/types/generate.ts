// Types for the resolvers of a schema, made by GraphQL Code Generator.

import {
  buildASTSchema,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  isScalarType,
  Kind,
  parse,
  printSchema,
  visit,
} from "graphql";
import { OptionError } from "../batching/errors.ts";
import { isMissingPackage } from "../optional-packages.ts";
import { StartError, startError } from "../server/start-error.ts";
import { checkNames } from "./names.ts";

/** What the types of a schema's resolvers stand on. Types are `MODULE#TYPE`, as the file of types would import them. */
export interface TypesOptions {
  /** The type of the context; without it `unknown`. */
  readonly contextType: string | undefined;
  /** What a scalar is, as an argument and as a value; here it may be TypeScript too. What is not told is `unknown`. */
  readonly scalars: ReadonlyMap<string, string>;
  /** What the resolvers of an object type's fields get as their source; without it what `sourceTypeOf` says. */
  readonly sourceTypes: ReadonlyMap<string, string>;
}

const HEADER = `/* eslint-disable */
// Made from a schema by \`jitney types\`: to change it, change that and make this anew.
`;

/**
 * @param typeDefs the SDL; `@batch` is defined where it does not define it.
 * @param typeDefsName what messages call it.
 * @throws StartError for an SDL that is wrong, and where packages are missing.
 * @throws OptionError for a type that the SDL does not have.
 */
export async function generateTypes(
  typeDefs: string,
  typeDefsName: string,
  options: TypesOptions,
): Promise<string> {
  const { codegen, typescript, typescriptResolvers, buildSchemaAlone } = await loadGenerator();
  const schema = buildSchemaAlone(typeDefs, typeDefsName);
  const { scalars, sourceTypes, contextType } = checkOptions(schema, typeDefsName, options);
  const generated = codegen({
    filename: "",
    ...asResolversSeeIt(schema),
    documents: [],
    plugins: [{ typescript: {} }, { typescriptResolvers: {} }],
    pluginMap: { typescript, typescriptResolvers },
    config: {
      // What erasable syntax has, and what verbatim module syntax needs.
      enumsAsTypes: true,
      useTypeImports: true,
      // A list of one's own is readonly, often; what a resolver is given is not its to change.
      immutableTypes: true,
      contextType: contextType === undefined ? "unknown" : importOf(contextType),
      scalars: Object.fromEntries([...scalars].map(([name, type]) => [name, importOf(type)])),
      // graphql takes an undefined for null: `map.get(key)` is a value. Arguments never are undefined, but absent.
      maybeValue: "T | null | undefined",
      inputMaybeValue: "T | null",
      avoidOptionals: { defaultValue: true },
      mappers: { ...computedFieldsOmitted(schema), ...importsOf(sourceTypes) },
      // So that `db.ts#Article` can be imported beside the type Article of the schema.
      mapperTypeSuffix: "Source",
      showUnusedMappers: false,
    },
  });
  const text = await generated.catch((error: unknown) => {
    throw generatorError(schema, typeDefsName, error);
  });
  checkNames(text, typeDefsName);
  // Of no arguments, and of no source, any property would be a `never`, which fits every type.
  const exact = text.replaceAll("Record<PropertyKey, never>", "object");
  return `${HEADER}${exact.replaceAll(/\n{3,}/g, "\n\n").trim()}\n`;
}

/** All that is optional for those who make no types: they may not have it. */
async function loadGenerator() {
  try {
    const [{ codegen }, typescript, typescriptResolvers, { buildSchemaAlone }] = await Promise.all([
      import("@graphql-codegen/core"),
      import("@graphql-codegen/typescript"),
      import("@graphql-codegen/typescript-resolvers"),
      import("../server/schema.ts"),
    ]);
    return { codegen, typescript, typescriptResolvers, buildSchemaAlone };
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    throw startError(
      "cannot load what makes types, npm i -D @graphql-codegen/core@6 @graphql-codegen/typescript@6 @graphql-codegen/typescript-resolvers@6 @graphql-tools/schema@10",
      error,
    );
  }
}

/** It looks types up in plain objects, and finds there what every object has by birth. */
function generatorError(schema: GraphQLSchema, typeDefsName: string, error: unknown): StartError {
  const types = Object.values(schema.getTypeMap());
  const inherited = types.find((type) => type.name in Object.prototype && !isInputObjectType(type));
  return inherited === undefined
    ? startError(`${typeDefsName}: its types cannot be made`, error)
    : new StartError(`${typeDefsName}: no types can be made of one called ${inherited.name}`, {
        cause: error,
      });
}

function checkOptions(schema: GraphQLSchema, typeDefsName: string, options: TypesOptions): TypesOptions {
  for (const name of options.scalars.keys()) {
    if (isScalarType(schema.getType(name))) continue;
    throw new OptionError("--scalar", `a scalar of ${typeDefsName}`, name);
  }
  for (const name of options.sourceTypes.keys()) {
    if (isObjectType(schema.getType(name))) continue;
    throw new OptionError("--source-type", `an object type of ${typeDefsName}`, name);
  }
  return options;
}

/**
 * Without directives, which are nothing to a resolver; and without the default of an argument that may be null: the
 * generator takes a default for a promise that there is a value, but a caller may still say null.
 */
function asResolversSeeIt(given: GraphQLSchema): { schema: DocumentNode; schemaAst: GraphQLSchema } {
  const schema = visit(parse(printSchema(given)), {
    DirectiveDefinition: () => null,
    InputValueDefinition({ defaultValue: _, ...node }) {
      return node.type.kind === Kind.NON_NULL_TYPE ? undefined : node;
    },
  });
  return { schema, schemaAst: buildASTSchema(schema, { assumeValid: true }) };
}

/**
 * What a resolver gives for an object, and what the resolvers of its fields get as source, lacks those fields that are
 * computed: those with `@batch`, and those with arguments, which a property can hardly hold.
 */
function computedFieldsOmitted(schema: GraphQLSchema): Readonly<Record<string, string>> {
  const omitted: Record<string, string> = {};
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__") || roots.has(type)) continue;
    const computed = Object.values(type.getFields()).filter(
      ({ args, astNode }) => args.length > 0 || astNode?.directives?.some(isBatch),
    );
    if (computed.length === 0) continue;
    omitted[type.name] = `Omit<{T}, ${computed.map(({ name }) => `'${name}'`).join(" | ")}>`;
  }
  return omitted;
}

function isBatch({ name }: DirectiveNode): boolean {
  return name.value === "batch";
}

function importsOf(types: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...types].map(([name, type]) => [name, importOf(type)]));
}

/** A module may begin with the mark that the generator reads as the end of its name: `#db/article.ts#Article`. */
function importOf(type: string): string {
  return type.startsWith("#") ? `\\${type}` : type;
}
