// A real server in the process of the test, with a schema and resolvers of the test's own.

import type { Limits } from "../../src/batching/index.ts";
import {
  buildServedSchema,
  type JitneyServer,
  type ServerOptions,
  startServer,
} from "../../src/server/index.ts";

export interface ServeOptions extends Omit<ServerOptions, "schema" | "port"> {
  readonly limits?: Partial<Limits>;
}

/** Listens on a free port of the loopback; `await using` drains it. Logs nothing unless `log` is given. */
export async function serve(
  typeDefs: string,
  resolvers: object,
  options: ServeOptions = {},
): Promise<JitneyServer & AsyncDisposable> {
  const schema = buildServedSchema({
    typeDefs,
    typeDefsName: "test.graphql",
    resolvers,
    resolversName: "test.ts",
  });
  // Requests that tests write themselves are to this host.
  const allowedHosts = ["jitney", "x"];
  const server = await startServer({ log: () => {}, allowedHosts, ...options, schema, port: 0 });
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.drain() });
}
