// A schema that clients have to know already: nothing of it can be asked for, or guessed by what errors suggest.

import { GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";

/** Refuses `__schema` and `__type` (`__typename` is no secret), and takes "Did you mean" out of errors. */
export function useHiddenSchema(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
    },
    // Here, and not at the validation alone: values of variables are looked at after it, with suggestions too.
    onExecutionResult({ result, setResult }) {
      if (result === undefined || isAsyncIterable(result)) return;
      if (!result.errors?.some(isSuggestion)) return;
      setResult({ ...result, errors: result.errors.map(withoutSuggestion) });
    },
  };
}

/** graphql's suggestions end its messages. What a resolver says, which has a path, is its own matter. */
const SUGGESTION = / ?Did you mean .*$/s;

function isSuggestion({ message, path }: GraphQLError): boolean {
  return path === undefined && SUGGESTION.test(message);
}

function withoutSuggestion(error: GraphQLError): GraphQLError {
  if (!isSuggestion(error)) return error;
  const { nodes, source, positions, extensions } = error;
  return new GraphQLError(error.message.replace(SUGGESTION, ""), { nodes, source, positions, extensions });
}
