// The resolvers of schema.graphql: what `npm start` serves, and the smallest example of a batched field.

import { batched } from "./graphql/index.ts";
import type { Resolvers } from "./schema.types.ts";

const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));

export default { Query: { upper } } satisfies Resolvers;
