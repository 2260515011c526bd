// What validation and coercion say of a request, cut short: they print what they refuse, once for each error.

import type { Plugin } from "graphql-yoga";
import { rewritesRequestErrors } from "./request-errors.ts";

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
    ...rewritesRequestErrors((message) =>
      message.length > MAX_CHARACTERS ? `${message.slice(0, MAX_CHARACTERS)}…` : message,
    ),
  };
}
