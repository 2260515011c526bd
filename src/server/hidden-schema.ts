// A schema that clients have to know already: nothing of it can be asked for, or guessed by what errors suggest.

import { NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import { rewritesRequestErrors } from "./request-errors.ts";

/** graphql's suggestions end its messages. */
const SUGGESTION = / ?Did you mean .*$/s;

/** Refuses `__schema` and `__type` (`__typename` is no secret), and takes "Did you mean" out of errors. */
export function useHiddenSchema(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
    },
    // Not at the validation alone: values of variables are looked at after it, with suggestions too.
    ...rewritesRequestErrors((message) => message.replace(SUGGESTION, "")),
  };
}
