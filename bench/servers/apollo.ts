// Apollo Server by its own standalone server, with a DataLoader for each request.

import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { backend, serveAt } from "./program.ts";
import { newContext, RESOLVERS, type RequestContext, TYPE_DEFS } from "./schema.ts";

const server = new ApolloServer<RequestContext>({ typeDefs: TYPE_DEFS, resolvers: RESOLVERS });
const { url } = await startStandaloneServer(server, {
  context: async () => newContext(backend),
  listen: { port: 0, host: "127.0.0.1" },
});
serveAt(url);
