// Under which schema and rules a query was found valid.

import {
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  type ValidationRule,
} from "graphql";

export class Validity {
  readonly schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];

  constructor(schema: GraphQLSchema, rules: readonly ValidationRule[]) {
    this.schema = schema;
    this.#rules = [...rules];
  }

  isUnder(schema: GraphQLSchema, rules: readonly ValidationRule[]): boolean {
    if (schema !== this.schema || rules.length !== this.#rules.length) return false;
    return this.#rules.every((rule, index) => rule === rules[index]);
  }

  /** Whether no rule looks at literals but as free-literals.ts says. */
  get isOfKnownRules(): boolean {
    return this.#rules.every((rule) => KNOWN_RULES.has(rule));
  }
}

const KNOWN_RULES: ReadonlySet<ValidationRule> = new Set([
  ...specifiedRules,
  NoSchemaIntrospectionCustomRule,
]);
