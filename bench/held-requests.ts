// What a request that waits holds in memory: in a bare node:http server, in graphql-yoga with a resolver that is pending,
// and in Jitney, whose key waits for its batch. Thousands of connections from another process; rounds alternate, each
// with a new server; medians are reported.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Held as HeldEnds } from "../test/fixtures/held-clients.ts";
import { startFixture, startProgram } from "../test/support/fixture-process.ts";
import { answerQuestions, type Memory, memory, until } from "../test/support/questions.ts";
import { loadJitney } from "./installed.ts";
import { median } from "./statistics.ts";
import type { HeldResults, HeldServer } from "./suite/results.ts";

const WARM_UP = 1_200;
/** Opened at once; see held-clients.ts. */
const WAVE = 400;
const FIVE_MINUTES_MS = 300_000;
const TYPE_DEFS = "type Query { upper(x: String!): String! }";

interface Settings {
  /** The contender that this process serves; without, it compares them all. */
  readonly serve?: string;
  readonly rounds: number;
  readonly requests: number;
  /** Whether the results are printed as JSON, for bench/run.ts. */
  readonly json: boolean;
}

const DEFAULTS: Settings = { rounds: 5, requests: 10_000, json: false };
const { serve, rounds, requests, json }: Settings = { ...DEFAULTS, ...JSON.parse(process.argv[2] ?? "{}") };

interface Key {
  readonly x: string;
}

/** The requests that a server holds until it is told to answer. */
class Held {
  count = 0;
  #released = Promise.withResolvers<void>();

  /** Resolves when they are to be answered. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  release(): void {
    this.#released.resolve();
  }

  hold(): void {
    this.count = 0;
    this.#released = Promise.withResolvers<void>();
  }
}

/** Serves `upper(x)` and holds who asks for it; resolves with its address. */
type Contender = (held: Held) => Promise<string>;

function bareServer(held: Held): Promise<string> {
  return listening(
    createServer(async (request, response) => {
      const { variables }: { variables: Key } = JSON.parse(await text(request));
      held.count += 1;
      await held.released;
      const answer = JSON.stringify({ data: { upper: variables.x.toUpperCase() } });
      response.setHeader("Content-Length", Buffer.byteLength(answer)).end(answer);
    }),
  );
}

async function yoga(held: Held): Promise<string> {
  const { createSchema, createYoga } = await import("graphql-yoga");
  const upper = async (_: unknown, { x }: Key): Promise<string> => {
    held.count += 1;
    await held.released;
    return x.toUpperCase();
  };
  const schema = createSchema({ typeDefs: TYPE_DEFS, resolvers: { Query: { upper } } });
  const yogaServer = createYoga({ schema, logging: false });
  return await listening(createServer(yogaServer));
}

async function jitney(held: Held): Promise<string> {
  const { batched, buildServedSchema, startServer } = await loadJitney();
  const { pino } = await import("pino");
  const key = (_: unknown, { x }: Key): Key => {
    held.count += 1;
    return { x };
  };
  // The first batch takes the only slot until the end of the round; all other keys wait.
  const upper = batched(
    async (keys: readonly Key[]) => {
      await held.released;
      return keys.map(({ x }) => x.toUpperCase());
    },
    { key },
  );
  const sources = { typeDefs: TYPE_DEFS, typeDefsName: "held.graphql", resolversName: "held.ts" };
  const schema = buildServedSchema({ ...sources, resolvers: { Query: { upper } } });
  const limits = { concurrency: 1, maxQueueSize: 2 * requests, timeoutMs: FIVE_MINUTES_MS };
  const logger = pino({ level: "silent" });
  return (await startServer({ schema, port: 0, limits, logger, batchFacts: "off" })).url;
}

const CONTENDERS: Readonly<Record<string, Contender>> = {
  "node:http, response held": bareServer,
  "graphql-yoga, resolver pending": yoga,
  "jitney, key waiting": jitney,
};

if (serve === undefined) await compare();
else await hold(serve);

/** One contender, in a process of its own. */
async function hold(name: string): Promise<void> {
  const held = new Held();
  const url = await CONTENDERS[name]?.(held);
  answerQuestions({
    memory,
    waiting: (count: number) => until(() => held.count === count),
    release: () => held.release(),
    hold: () => held.hold(),
    cpu: () => process.cpuUsage().user + process.cpuUsage().system,
    connectionsAtMost: (most: number) =>
      until(() => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length <= most),
  });
  console.log(`Jitney ready at ${url}/graphql`);
}

async function compare(): Promise<void> {
  const names = Object.keys(CONTENDERS);
  const costs = new Map<string, Cost[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) costs.get(name)?.push(await costOf(name));
  }
  const servers = names.map((server): HeldServer => ({ server, ...medianOf(costs.get(server) ?? []) }));
  const results: HeldResults = { requests, servers };
  if (json) console.log(JSON.stringify(results));
  else print(results);
}

function print({ servers }: HeldResults): void {
  const [bare] = servers;
  console.log(`node ${process.version}, ${rounds} alternating rounds of ${requests} connections that wait`);
  console.table(
    servers.map(({ server, heapBytes, rssBytes, totalRssBytes, cpuMicroseconds }) => ({
      server,
      "KB of heap per request": (heapBytes / 1024).toFixed(1),
      "against node:http": (heapBytes / (bare?.heapBytes ?? 0)).toFixed(1),
      "KB of resident memory": (rssBytes / 1024).toFixed(1),
      "RSS against node:http": (rssBytes / (bare?.rssBytes ?? 0)).toFixed(1),
      "MB of RSS in all": (totalRssBytes / 2 ** 20).toFixed(0),
      "µs of CPU per request": cpuMicroseconds.toFixed(0),
    })),
  );
}

/** What one request that waits takes more, in bytes, and the CPU of taking it. */
interface Cost extends Memory {
  /** Of the process that holds all requests. */
  readonly totalRssBytes: number;
  readonly cpuMicroseconds: number;
}

async function costOf(name: string): Promise<Cost> {
  await using server = startProgram("bench/held-requests.ts", { serve: name });
  await using clients = startFixture("held-clients.ts", { url: await server.url() });
  const open = async (count: number): Promise<void> => {
    for (let waiting = WAVE; waiting <= count; waiting += WAVE) {
      await clients.ask("hold", { count: WAVE, prefix: `key-${waiting}` });
      await server.ask("waiting", waiting);
    }
  };
  const answerAll = async (count: number): Promise<void> => {
    await server.ask("release");
    const { right, others } = await clients.ask<HeldEnds>("ends");
    if (right !== count) {
      throw new Error(`${name}: ${count - right} wrong: ${JSON.stringify(others).slice(0, 1_000)}`);
    }
    await server.ask("connectionsAtMost", 0);
    await server.ask("hold");
  };
  await open(WARM_UP);
  await answerAll(WARM_UP);
  const before = await server.ask<Memory>("memory");
  const cpuBefore = await server.ask<number>("cpu");
  await open(requests);
  const cpuOfTaking = (await server.ask<number>("cpu")) - cpuBefore;
  const holding = await server.ask<Memory>("memory");
  await answerAll(requests);
  return {
    heapBytes: (holding.heapBytes - before.heapBytes) / requests,
    rssBytes: (holding.rssBytes - before.rssBytes) / requests,
    totalRssBytes: holding.rssBytes,
    cpuMicroseconds: cpuOfTaking / requests,
  };
}

function medianOf(costs: readonly Cost[]): Cost {
  const of = (name: keyof Cost): number => Math.round(median(costs.map((cost) => cost[name])));
  return {
    heapBytes: of("heapBytes"),
    rssBytes: of("rssBytes"),
    totalRssBytes: of("totalRssBytes"),
    cpuMicroseconds: of("cpuMicroseconds"),
  };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
