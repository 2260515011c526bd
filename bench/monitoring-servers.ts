// The servers that monitoring.ts compares, all in one process: so they have the same heap, the same garbage collector and
// the same optimized packages, and differ in what they shall differ in. Each has modules of Jitney's of its own.

import { registerHooks } from "node:module";
import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { pino } from "pino";
import { answerQuestions } from "../test/support/questions.ts";

/** What of a server's batches can be seen. */
export interface Sight {
  /** Whether batches are traced, and told of, where somebody wants that. */
  readonly isWatched: boolean;
  readonly metrics: boolean;
  readonly batchFacts: "on" | "off";
  readonly logLevel: "info" | "debug";
  /** Burnt for each request beside what it needs. */
  readonly extraMicroseconds: number;
}

const SRC = new URL("../src/", import.meta.url).href;

/** What prom-client watches the process with goes on for ever, so all servers pay for it: this one is for those with metrics. */
const delay = monitorEventLoopDelay({ resolution: 10 });
const collections = new PerformanceObserver((list) => void list.getEntries()[0]);

const sights: readonly Sight[] = JSON.parse(process.argv[2] ?? "[]");
giveEachItsModules();
const urls: string[] = [];
for (const [index, sight] of sights.entries()) urls.push(await serveUpper(index, sight));
answerQuestions({
  urls: () => urls,
  begin(index: number) {
    if (!sights[index]?.metrics) return;
    delay.enable();
    collections.observe({ entryTypes: ["gc"] });
  },
  end() {
    delay.disable();
    collections.disconnect();
  },
  cpu: () => process.cpuUsage().user + process.cpuUsage().system,
});

/** `src/index.ts?server=3` imports others with `?server=3`. */
function giveEachItsModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const { url, ...rest } = next(specifier, context);
      const server = /\?server=(\d+)$/.exec(context.parentURL ?? "")?.[1];
      if (server === undefined || !url.startsWith(SRC)) return { url, ...rest };
      const isUnwatched = url.endsWith("/batch-watch.ts") && !sights[Number(server)]?.isWatched;
      const module = isUnwatched ? new URL("./no-batch-watch.ts", import.meta.url).href : url;
      return { url: `${module}?server=${server}`, ...rest };
    },
  });
}

async function serveUpper(index: number, sight: Sight): Promise<string> {
  const { logLevel, metrics, batchFacts, extraMicroseconds } = sight;
  const ofServer = async <Module>(path: string): Promise<Module> =>
    await import(`${SRC}${path}?server=${index}`);
  const { batched } = await ofServer<typeof import("../src/index.ts")>("index.ts");
  const { buildServedSchema, startServer } =
    await ofServer<typeof import("../src/server/index.ts")>("server/index.ts");
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()), {
    key: (_: unknown, { x }: { x: string }) => {
      burn(extraMicroseconds);
      return { x };
    },
  });
  const schema = buildServedSchema({
    typeDefs: "type Query { upper(x: String!): String! @batch(maxDelayMs: 5) }",
    typeDefsName: "upper.graphql",
    resolvers: { Query: { upper } },
    resolversName: "upper.ts",
  });
  const logger = pino({ level: logLevel }, pino.destination("/dev/null"));
  return (await startServer({ schema, port: 0, logger, metrics, batchFacts, batchesPage: true })).url;
}

function burn(microseconds: number): void {
  if (microseconds === 0) return;
  const until = performance.now() + microseconds / 1_000;
  while (performance.now() < until);
}
