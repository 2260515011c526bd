// A Jitney in a program of test/fixtures that tells over IPC how it fares, ends in order on SIGTERM, says how it has ended,
// and lets the process end by itself: nothing that was opened may keep it.

import type { BatcherStats } from "../../src/index.ts";
import {
  buildServedSchema,
  type JitneyServer,
  type ServerOptions,
  startServer,
} from "../../src/server/index.ts";
import { KeptLog } from "./log.ts";
import { answerQuestions, endWithoutQuestions, memory, until } from "./questions.ts";

export interface ObservedOptions extends Omit<ServerOptions, "schema" | "port" | "logger"> {
  readonly typeDefs: string;
  readonly resolvers: object;
  /** Further questions and their answers. */
  readonly answers?: (server: JitneyServer) => Readonly<Record<string, (argument: never) => unknown>>;
  /** Called when it has ended, for the last words. */
  readonly lastWords?: () => object;
}

/** The first of them: more would count as memory that is lost. */
const MOST_LOG_ENTRIES = 10;

/** What it prints when it has ended, as one line of JSON after `ended `. */
export interface LastWords {
  readonly stats: Readonly<Record<string, BatcherStats>>;
  /** What keeps the process and did not before the server was started: nothing. */
  readonly resources: readonly string[];
  readonly tookMs: number;
}

/** Answers `memory`, `stats`, `log` and, once it has no more of them, `connectionsAtMost`. */
export async function serveObserved(options: ObservedOptions): Promise<JitneyServer> {
  const { typeDefs, resolvers, answers, lastWords, ...serverOptions } = options;
  const sources = { typeDefs, typeDefsName: "fixture.graphql", resolvers, resolversName: "fixture.ts" };
  const schema = buildServedSchema(sources);
  process.stdout.write("");
  const before = process.getActiveResourcesInfo();
  const log = new KeptLog("info", MOST_LOG_ENTRIES);
  const server = await startServer({
    // Requests that clients write themselves are to this host.
    allowedHosts: ["jitney"],
    // What clients get is compared as a whole.
    batchFacts: "off",
    ...serverOptions,
    schema,
    port: 0,
    logger: log,
  });
  const stats = (): LastWords["stats"] =>
    Object.fromEntries(server.fields.map(({ coordinate, batcher }) => [coordinate, batcher.stats()]));
  const connectionsAtMost = (count: number): Promise<void> => until(() => connections() <= count);
  answerQuestions({ memory, stats, log: () => log.faults, connectionsAtMost, ...answers?.(server) });

  process.once("SIGTERM", async () => {
    const startMs = performance.now();
    await server.drain();
    const tookMs = performance.now() - startMs;
    endWithoutQuestions();
    const resources = await resourcesLeft(before);
    console.log(`ended ${JSON.stringify({ stats: stats(), resources, tookMs, ...lastWords?.() })}`);
  });
  console.log(`Jitney ready at ${server.url}/graphql`);
  return server;
}

function connections(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}

/** Sockets that the end has closed take some turns of the event loop to go; what is there after a second stays. */
async function resourcesLeft(before: readonly string[]): Promise<string[]> {
  const endMs = performance.now() + 1_000;
  for (;;) {
    // Of a timer that is over nothing is left in the turn after.
    await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setImmediate(resolve));
    const left = additional(process.getActiveResourcesInfo(), before);
    if (left.length === 0 || performance.now() > endMs) return left;
  }
}

/** What of the first list is not in the second, each as often as it is more often there. */
function additional(list: readonly string[], known: readonly string[]): string[] {
  const left = [...known];
  return list.filter((item) => {
    const index = left.indexOf(item);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
