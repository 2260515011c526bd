// The server's public face: `import { startServer } from "jitney/server"`.

export type { AuthOptions, JWTOptions } from "./auth-options.ts";
export type { CORSOptions } from "./cors.ts";
export type { Logger } from "./log/logger.ts";
export type { ServerOptions } from "./options.ts";
export { buildServedSchema, type SchemaSources } from "./schema.ts";
export { type JitneyServer, startServer } from "./server.ts";
export { StartError } from "./start-error.ts";
