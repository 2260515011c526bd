// What the peers serve, as their users have it: a DataLoader for each request, which calls the back-end once for all
// that the request asks for.

import DataLoader from "dataloader";
import type { Backend } from "./backend.ts";

export const TYPE_DEFS = "type Query { upper(x: String!): String! }";

export interface RequestContext {
  readonly upper: DataLoader<string, string>;
}

export function newContext(backend: Backend): RequestContext {
  return { upper: new DataLoader((words: readonly string[]) => backend.upper(words)) };
}

export const RESOLVERS = {
  Query: {
    upper: (_: unknown, { x }: { x: string }, { upper }: RequestContext): Promise<string> => upper.load(x),
  },
};
