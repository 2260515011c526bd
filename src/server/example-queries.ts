// The queries that GraphiQL opens with: one that runs, for each batched field of the schema.

import {
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import type { BatchedField } from "../graphql/index.ts";

/** Lines that fit beside the docs on a small screen. */
const INTRODUCTION = `# What different requests ask for
# is computed in one call. So are
# the aliases of one query:
`;

/** Example values of the built-in scalars: two each, so that two aliases differ. */
const EXAMPLES: Readonly<Record<string, readonly [string, string]>> = {
  String: ['"cat"', '"dog"'],
  ID: ['"1"', '"2"'],
  Int: ["1", "2"],
  Float: ["1.5", "2.5"],
  Boolean: ["true", "false"],
};

/** More would be a row of tabs that nobody reads. */
const MAX_EXAMPLES = 4;

/** Lists below that are empty ones: a list of the input object that holds it would have no end. */
const MAX_DEPTH = 3;

/** One query each for the first batched fields of `Query`; none for one that needs a scalar of the user's own. */
export function exampleQueries(schema: GraphQLSchema, fields: readonly BatchedField[]): readonly string[] {
  const query = schema.getQueryType();
  const examples: string[] = [];
  for (const [name, field] of Object.entries(query?.getFields() ?? {})) {
    if (!fields.some(({ coordinate }) => coordinate === `${query?.name}.${name}`)) continue;
    const calls = [0, 1].map((turn) => {
      const args = field.args
        .filter(isRequiredArgument)
        .map((argument) => withName(argument.name, exampleValue(argument.type, turn)));
      return args.includes(undefined) ? undefined : `${name}${args.length > 0 ? `(${args.join(", ")})` : ""}`;
    });
    const [first, second] = calls;
    if (first === undefined || second === undefined) continue;
    const selection = selectionOf(field.type);
    examples.push(
      `${INTRODUCTION}query ${nameOf(name)} {\n  first: ${first}${selection}\n  second: ${second}${selection}\n}\n`,
    );
  }
  return examples.slice(0, MAX_EXAMPLES);
}

/** `Upper` for `upper`: GraphiQL writes it on the tab. */
function nameOf(fieldName: string): string {
  return fieldName.charAt(0).toUpperCase() + fieldName.slice(1);
}

function exampleValue(type: GraphQLInputType, turn: number, depth = 0): string | undefined {
  if (isNonNullType(type)) return exampleValue(type.ofType, turn, depth);
  if (isListType(type)) {
    const item = depth < MAX_DEPTH ? exampleValue(type.ofType, turn, depth + 1) : "";
    return item === undefined ? undefined : `[${item}]`;
  }
  if (isEnumType(type)) return type.getValues()[turn]?.name ?? type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const needed = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
    const values = needed.map((field) => withName(field.name, exampleValue(field.type, turn, depth + 1)));
    return values.includes(undefined) ? undefined : `{ ${values.join(", ")} }`;
  }
  return EXAMPLES[type.name]?.[turn];
}

function withName(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name}: ${value}`;
}

function selectionOf(type: GraphQLOutputType): string {
  return isLeafType(getNamedType(type)) ? "" : " { __typename }";
}

/** What stands in their place where not everyone may see the schema. */
export function noExamples(needsToken: boolean): string {
  const [why, how] = needsToken
    ? [
        "# This server asks for a token. Put\n# it into the tab Headers, below:\n",
        '#   { "Authorization": "Bearer …" }\n#\n# Then the first button at the\n# lower left reads the schema.\n',
      ]
    : ["# What this server has is not shown\n", "# here: introspection is off.\n"];
  return `${why}${how}query Ping { __typename }\n`;
}
