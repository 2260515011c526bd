// mercurius with jit whose field is made by Jitney's batched(): the same batches across requests under another server, so
// that servers can be compared like with like.

import { registerHooks } from "node:module";
import { fastify } from "fastify";
import { type IFieldResolver, mercurius } from "mercurius";
import { backend, serveAt, settings } from "./program.ts";

// Jitney's code takes the `graphql` of its host: that of mercurius is version 16, the checkout's is 17.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === "graphql" ? { ...context, parentURL: import.meta.url } : context),
});
const { batchDirective, batched } = await import("../../src/index.ts");

const upper = batched((keys: readonly { x: string }[]) => backend.upper(keys.map(({ x }) => x)), {
  maxBatchSize: 32,
  maxDelayMs: 5,
  concurrency: settings.slots,
});
const app = fastify();
await app.register(mercurius, {
  schema: `${batchDirective}\ntype Query { upper(x: String!): String! }`,
  // By its types it is one for graphql 17: `info` has got more there.
  resolvers: { Query: { upper: upper as unknown as IFieldResolver<unknown> } },
  jit: 1,
});
serveAt(`${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
