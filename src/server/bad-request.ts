// Requests that cannot be read as GraphQL get a 400 that says why, and nothing back of what they sent.

import { GraphQLError, type GraphQLErrorOptions } from "graphql";
import type { Plugin } from "graphql-yoga";

type ExecuteFunction = Parameters<NonNullable<Plugin["onExecute"]>>[0]["executeFn"];

/**
 * @param maxTokens of a query. One of a megabyte can hold a hundred thousand fields, each with an error or a key of its
 * own: seconds of work for one request.
 */
export function useBadRequest(maxTokens: number): Plugin {
  /** Made once: the executor is always the same. */
  let known: { readonly plain: ExecuteFunction; readonly refusing: ExecuteFunction } | undefined;
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (requestParser === undefined) return;
      setRequestParser(async (request) => {
        try {
          const params = await requestParser(request);
          if (!Array.isArray(params) || params.length > 0) return params;
        } catch (error) {
          // Yoga's errors carry what the JSON parser said, and that carries the body.
          throw badRequest(error instanceof GraphQLError ? error.message : unreadable(request));
        }
        throw badRequest("The array of operations is empty");
      });
    },
    onParse({ parseFn, setParseFn }) {
      setParseFn(refusingDepth((source, options) => parseFn(source, { ...options, maxTokens })));
    },
    onValidate({ validateFn, setValidationFn }) {
      setValidationFn(refusingDepth(validateFn));
    },
    onExecute({ executeFn, setExecuteFn }) {
      if (known?.plain !== executeFn) known = { plain: executeFn, refusing: refusingDepth(executeFn) };
      setExecuteFn(known.refusing);
    },
  };
}

/** An error that Yoga answers with a 400. */
export function badRequest(message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  const extensions = { code: "BAD_REQUEST", http: { status: 400 } };
  return new GraphQLError(message, { ...options, extensions });
}

function unreadable({ method }: Request): string {
  return method === "GET"
    ? "The parameters variables and extensions have to be JSON"
    : "The body of the request cannot be read";
}

/** A query of some thousand levels is within the bound of the body, and too deep for functions that recurse. */
export function refusingDepth<Args extends unknown[], Result>(
  run: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => {
    try {
      return run(...args);
    } catch (error) {
      throw error instanceof RangeError ? badRequest("The query is nested too deeply") : error;
    }
  };
}
