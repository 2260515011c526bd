// What the executor is given of an operation.

import { buildSchema, type DefinitionNode, type GraphQLFieldResolver, Kind, parse } from "graphql";
import { type ExecuteFunction, ExecutionArgs } from "./payloads.ts";

/**
 * The executor of Yoga keeps the fragments of each document in a WeakMap. For a text that never comes again, that was 9% of its
 * request (measured). A document of one operation has no fragments: to the executor all of those are one document here,
 * which it reads before it calls any resolver, and not again.
 */
export function createForExecutor(): (args: ExecutionArgs, executeFn: ExecuteFunction) => ExecutionArgs {
  let isReady = false;
  const definitions: DefinitionNode[] = [];
  const document = { kind: Kind.DOCUMENT, definitions } as const;
  return (args, executeFn) => {
    if (!isReady) {
      isReady = true;
      freezeFragments(document, definitions, executeFn);
    }
    const [operation, another] = args.document.definitions;
    if (operation === undefined || another !== undefined) return args;
    definitions[0] = operation;
    const { schema, contextValue, variableValues, operationName } = args;
    return new ExecutionArgs(schema, document, contextValue, variableValues, operationName);
  };
}

/** Resolvers are given them (`info.fragments`): what one of them wrote there, those of all other requests would read. */
function freezeFragments(
  document: ExecutionArgs["document"],
  definitions: DefinitionNode[],
  executeFn: ExecuteFunction,
): void {
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_source, _args, _context, { fragments }) => {
    Object.freeze(fragments);
  };
  definitions.splice(0, 1, ...parse("{ any }").definitions);
  executeFn({ schema: buildSchema("type Query { any: Int }"), document, fieldResolver });
}
