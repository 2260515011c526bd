// In which of its forms a client gets an answer, by its Accept header.

/** The media type that Yoga would choose for a result that is one; undefined for headers that it shall read itself. */
export function answerTypeOf(accept: string | undefined): string | undefined {
  return accept === undefined ? "application/json" : TYPES.get(accept);
}

/** By the whole header, as the clients that there are send it: looked up, and not read, for each request. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["*/*", "application/json"],
  ["application/json", "application/json"],
  ["application/json, */*", "application/json"],
  ["application/json, text/plain, */*", "application/json"],
  ["application/graphql-response+json", "application/graphql-response+json"],
  ["application/graphql-response+json, application/json", "application/graphql-response+json"],
  ["application/graphql-response+json,application/json", "application/graphql-response+json"],
  ["application/graphql-response+json,application/json;q=0.9", "application/graphql-response+json"],
  ["application/json, application/graphql-response+json", "application/json"],
]);
