// What a body asks for, if it is what nearly all are: one operation, with nothing in it that is of another type.

import type { GraphQLParams } from "graphql-yoga";

/** A request for one operation. */
export type Params = GraphQLParams & { readonly query: string };

const NAMES: ReadonlySet<string> = new Set(["query", "variables", "operationName", "extensions"]);

/** Undefined for all else, several operations and faults among it: Yoga has the words for these. */
export function readParams(text: string): Params | undefined {
  const given = parse(text);
  if (!isObject(given)) return undefined;
  for (const name in given) if (!NAMES.has(name)) return undefined;
  const { query, variables, operationName, extensions } = given;
  const isOrdinary =
    typeof query === "string" &&
    (operationName == null || typeof operationName === "string") &&
    (variables == null || isObject(variables)) &&
    (extensions == null || isObject(extensions));
  return isOrdinary ? (given as unknown as Params) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
