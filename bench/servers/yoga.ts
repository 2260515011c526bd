// graphql-yoga as it comes, with a DataLoader for each request.

import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { backend, serve } from "./program.ts";
import { newContext, RESOLVERS, type RequestContext, TYPE_DEFS } from "./schema.ts";

const schema = createSchema<RequestContext>({ typeDefs: TYPE_DEFS, resolvers: RESOLVERS });
await serve(createServer(createYoga<object, RequestContext>({ schema, context: () => newContext(backend) })));
