// What the executor is given of an operation.

import { type DefinitionNode, Kind } from "graphql";
import { ExecutionArgs } from "./payloads.ts";

/**
 * The executor of Yoga keeps the fragments of each document in a WeakMap. For a text that never comes again, that was 9% of its
 * request (measured). A document of one operation has no fragments: to the executor all of those are one document here,
 * which it reads before it calls any resolver, and not again.
 */
export function createForExecutor(): (args: ExecutionArgs) => ExecutionArgs {
  const definitions: DefinitionNode[] = [];
  const document = { kind: Kind.DOCUMENT, definitions } as const;
  return (args) => {
    const [operation, another] = args.document.definitions;
    if (operation === undefined || another !== undefined) return args;
    definitions[0] = operation;
    const { schema, contextValue, variableValues, operationName } = args;
    return new ExecutionArgs(schema, document, contextValue, variableValues, operationName);
  };
}
