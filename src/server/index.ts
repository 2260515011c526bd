// The server's public face: `import { startServer } from "jitney/server"`.

export { buildServedSchema, type SchemaSources } from "./schema.ts";
export { type JitneyServer, type ServerOptions, startServer } from "./server.ts";
export { StartError } from "./start-error.ts";
