// A real server in the process of the test, with a schema and resolvers of the test's own.

import type { Limits } from "../../src/batching/index.ts";
import {
  buildServedSchema,
  type JitneyServer,
  type ServerOptions,
  startServer,
} from "../../src/server/index.ts";
import { KeptLog } from "./log.ts";

export interface ServeOptions extends Omit<ServerOptions, "schema" | "port" | "logger" | "batchFacts"> {
  /** Default: "off". Undefined: what it is where the server is not told. */
  readonly batchFacts?: ServerOptions["batchFacts"] | undefined;
  readonly limits?: Partial<Limits>;
  /** Default: one that keeps entries from level info. */
  readonly log?: KeptLog;
}

export type ServedJitney = JitneyServer & AsyncDisposable & { readonly log: KeptLog };

/** Listens on a free port of the loopback; `await using` drains it. Its log is kept in `log`. */
export async function serve(
  typeDefs: string,
  resolvers: object,
  { log = new KeptLog(), ...options }: ServeOptions = {},
): Promise<ServedJitney> {
  const schema = buildServedSchema({
    typeDefs,
    typeDefsName: "test.graphql",
    resolvers,
    resolversName: "test.ts",
  });
  // Requests that tests write themselves are to this host.
  const allowedHosts = ["jitney", "x"];
  // Most tests look at answers as a whole; what is told of batches has tests of its own.
  const defaults = { allowedHosts, batchFacts: "off" } as const;
  const { batchFacts, ...given } = { ...defaults, ...options, schema, port: 0, logger: log };
  const server = await startServer(batchFacts === undefined ? given : { ...given, batchFacts });
  return Object.assign(server, { log, [Symbol.asyncDispose]: () => server.drain() });
}
