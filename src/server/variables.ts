// Looks at the values of variables before they are coerced: that takes time, and recursion, for each of them.

import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  isScalarType,
  Kind,
  type VariableDefinitionNode,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { badRequest } from "./bad-request.ts";

/** Functions that recurse run out of stack at some thousand. */
const MAX_DEPTH = 100;

interface ExecutionArgs {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variableValues?: unknown;
}

/** Answers 400 to variables that hold too much, or what does not fit, with the first fault alone. */
export function useVariableChecks(maxValues: number): Plugin {
  const check = (args: ExecutionArgs, stop: (result: { errors: readonly GraphQLError[] }) => void): void => {
    const error = misfitIn(args);
    if (error !== undefined) stop({ errors: [error] });
  };
  return {
    onParams({ params, setResult }) {
      // An item of an array may be anything: whether it is an operation, Yoga looks after this.
      const given: unknown = params;
      if (!isObject(given) || !("variables" in given)) return;
      const fault = faultOfVariables(given.variables, maxValues);
      if (fault !== undefined) setResult({ errors: [badRequest(fault)] });
    },
    onExecute: ({ args, setResultAndStopExecution }) => check(args, setResultAndStopExecution),
    onSubscribe: ({ args, setResultAndStopExecution }) => check(args, setResultAndStopExecution),
  };
}

/** Level by level, without recursion. */
export function faultOfVariables(variables: unknown, maxValues: number): string | undefined {
  let level: readonly unknown[] = isObject(variables) ? [variables] : [];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return "The variables are nested too deeply";
    const next: unknown[] = [];
    for (const holder of level) {
      const values = Object.values(holder as object);
      count += values.length;
      if (count > maxValues) return `The variables hold too many values: expected at most ${maxValues}`;
      // One by one: so many arguments of one call would not be taken.
      for (const value of values) if (isObject(value)) next.push(value);
    }
    level = next;
  }
  return undefined;
}

/**
 * The executor of Yoga prints all of a variable in each of its errors, 50 at most: a megabyte with 70,000 unknown fields
 * took it 4 s, and was answered by 104 MB. It coerces only what graphql has found right.
 */
function misfitIn({
  schema,
  document,
  operationName,
  variableValues,
}: ExecutionArgs): GraphQLError | undefined {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const inputs = (variableValues ?? {}) as Record<string, unknown>;
  if (definitions.every((definition) => isTaken(definition, inputs, schema))) return undefined;
  const [error] = getVariableValues(schema, definitions, inputs, { maxErrors: 1 }).errors ?? [];
  if (error === undefined) return undefined;
  const { message, nodes, originalError } = error;
  return badRequest(message, { nodes, originalError });
}

/**
 * What a scalar takes as it is, as most values are: graphql looks at no other, which takes it as long as to execute a small
 * operation. It is asked as graphql asks it: a scalar may have been changed, graphql's own among them.
 */
function isTaken(
  { variable, type }: VariableDefinitionNode,
  inputs: Record<string, unknown>,
  schema: GraphQLSchema,
): boolean {
  const nullable = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  const value = inputs[variable.name.value];
  if (nullable.kind !== Kind.NAMED_TYPE || value == null || !Object.hasOwn(inputs, variable.name.value))
    return false;
  const scalar = schema.getType(nullable.name.value);
  if (!isScalarType(scalar)) return false;
  try {
    // graphql 16 has no `coerceInputValue`.
    const read = scalar.coerceInputValue ?? scalar.parseValue;
    return read.call(scalar, value) !== undefined;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
