// mercurius on fastify, with a DataLoader for each request; the variant "jit" compiles queries that come again.

import { fastify } from "fastify";
import { mercurius } from "mercurius";
import { backend, serveAt, settings } from "./program.ts";
import { newContext, RESOLVERS, type RequestContext, TYPE_DEFS } from "./schema.ts";

declare module "mercurius" {
  interface MercuriusContext extends RequestContext {}
}

const app = fastify();
await app.register(mercurius, {
  schema: TYPE_DEFS,
  resolvers: RESOLVERS,
  context: () => newContext(backend),
  ...(settings.variant === "jit" ? { jit: 1 } : {}),
});
serveAt(`${await app.listen({ port: 0, host: "127.0.0.1" })}/graphql`);
