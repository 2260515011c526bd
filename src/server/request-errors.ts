// What is said of a request before its first resolver: by validation, and by the coercion of its variables.

import { GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";

/**
 * Sends other messages in their place: where all of them come together, whoever has said them. What a resolver says has a
 * path, and is its own matter.
 *
 * @param rewrite gives the message itself where it is to stay.
 */
export function rewritesRequestErrors(
  rewrite: (message: string) => string,
): Required<Pick<Plugin, "onExecutionResult">> {
  const rewritten = (error: GraphQLError): GraphQLError => {
    const message = error.path === undefined ? rewrite(error.message) : error.message;
    if (message === error.message) return error;
    const { nodes, source, positions, originalError, extensions } = error;
    return new GraphQLError(message, { nodes, source, positions, originalError, extensions });
  };
  return {
    onExecutionResult({ result, setResult }) {
      if (result === undefined || isAsyncIterable(result) || result.errors === undefined) return;
      setResult({ ...result, errors: result.errors.map(rewritten) });
    },
  };
}
