// What validation and coercion say of a request, cut short: they print what they refuse, once for each error.

import { GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";

/** With graphql's 100, a query of a megabyte that prints itself in each was answered by 98 MB. */
const MAX_ERRORS = 5;

const MAX_CHARACTERS = 300;

export function useShortErrors(): Plugin {
  return {
    onValidate({ validateFn, setValidationFn }) {
      const validate: typeof validateFn = (schema, document, rules) =>
        validateFn(schema, document, rules, { maxErrors: MAX_ERRORS });
      setValidationFn(validate);
    },
    // One place for all that comes before the first resolver. What a resolver says has a path, and is its own matter.
    onExecutionResult({ result, setResult }) {
      if (result === undefined || isAsyncIterable(result)) return;
      if (result.errors?.some(isLong)) setResult({ ...result, errors: result.errors.map(shortened) });
    },
  };
}

function isLong({ message, path }: GraphQLError): boolean {
  return path === undefined && message.length > MAX_CHARACTERS;
}

function shortened(error: GraphQLError): GraphQLError {
  if (!isLong(error)) return error;
  const { nodes, source, positions, originalError, extensions } = error;
  const message = `${error.message.slice(0, MAX_CHARACTERS)}…`;
  return new GraphQLError(message, { nodes, source, positions, originalError, extensions });
}
