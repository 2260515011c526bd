// graphql-http, the reference of GraphQL over HTTP, on node:http, with a DataLoader for each request.

import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { createHandler } from "graphql-http/lib/use/http";
import { backend, serve } from "./program.ts";
import { newContext, RESOLVERS, TYPE_DEFS } from "./schema.ts";

const schema = buildSchema(TYPE_DEFS);
Object.assign(schema.getQueryType()?.getFields().upper ?? {}, { resolve: RESOLVERS.Query.upper });
const handler = createHandler({ schema, context: () => ({ ...newContext(backend) }) });
await serve(createServer(handler));
