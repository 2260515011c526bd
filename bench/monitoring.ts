// What it costs to see the batches: `upper` over HTTP with and without metrics, traces and facts, in one run. Each round
// starts a new process for each server, and measures them in turns, each against the first server's turn beside it;
// medians are reported. That the method can see 5% is shown by two further servers: one that is the same as the first, and
// one that burns 5% more.

import { registerHooks } from "node:module";
import autocannon from "autocannon";
import { startProgram } from "../test/support/fixture-process.ts";
import { answerQuestions } from "../test/support/questions.ts";

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const CONNECTIONS = 64;
const WARM_UP = 6_000;
/** How many requests a turn has, and how many turns a server has in a round: short ones, as what else runs comes and goes. */
const REQUESTS = 1_000;
const TURNS = 16;
/** What the method has to be able to see. */
const VISIBLE = 0.05;

interface Settings {
  /** Whether batches are traced and told of, where somebody wants that. */
  readonly isWatched: boolean;
  readonly metrics: boolean;
  readonly batchFacts: "on" | "off";
  /** Whether an SDK of OpenTelemetry records all of it. */
  readonly records: boolean;
  /** Whether somebody looks at /batches. */
  readonly hasViewer: boolean;
  readonly logLevel: "info" | "debug";
  /** Burnt for each request beside what it needs. */
  readonly extraMicroseconds: number;
}

const BARE: Settings = {
  isWatched: false,
  metrics: false,
  batchFacts: "off",
  records: false,
  hasViewer: false,
  logLevel: "info",
  extraMicroseconds: 0,
};

const SEEN: Settings = { ...BARE, isWatched: true, metrics: true };

const CONTENDERS: Readonly<Record<string, Settings>> = {
  "nothing to see": BARE,
  "the same again": BARE,
  "the same, and 5% more CPU": BARE,
  "metrics, and traces that nobody records": SEEN,
  "also extensions.batches": { ...SEEN, batchFacts: "on" },
  "also somebody at /batches": { ...SEEN, hasViewer: true },
  "also a log of each request": { ...SEEN, logLevel: "debug" },
  "also traces that are recorded": { ...SEEN, records: true },
};

let words = 0;

const { serve }: { serve?: Settings } = JSON.parse(process.argv[2] ?? "{}");
if (serve === undefined) await compare();
else await serveUpper(serve);

/** One server, in a process of its own. */
async function serveUpper(settings: Settings): Promise<void> {
  const { isWatched, records, logLevel, metrics, batchFacts, extraMicroseconds } = settings;
  if (!isWatched) leaveBatchesUnwatched();
  if (records) await import("./recording-sdk.ts");
  // After the hook above: imports at the top of this file would come before it.
  const [{ batched }, { buildServedSchema, startServer }, { pino }] = await Promise.all([
    import("../src/index.ts"),
    import("../src/server/index.ts"),
    import("pino"),
  ]);
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
  const { url } = await startServer({ schema, port: 0, logger, metrics, batchFacts, batchesPage: true });
  answerQuestions({ cpu: () => process.cpuUsage().user + process.cpuUsage().system });
  console.log(`Jitney ready at ${url}/graphql`);
}

/** Has the resolver of a batched field find nobody who wants to know of its batch. */
function leaveBatchesUnwatched(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "./batch-watch.ts"
        ? next(new URL("./no-batch-watch.ts", import.meta.url).href, context)
        : next(specifier, context),
  });
}

function burn(microseconds: number): void {
  if (microseconds === 0) return;
  const until = performance.now() + microseconds / 1_000;
  while (performance.now() < until);
}

/** The turns of one server in a round. */
type Turns = readonly Cost[];

/** What a request took, as the mean of a turn. */
interface Cost {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
}

async function compare(): Promise<void> {
  const names = Object.keys(CONTENDERS);
  const [bare = []] = await roundOf([BARE]);
  const extraMicroseconds = median(bare.map((cost) => cost.cpuMicroseconds)) * VISIBLE;
  const all = names.map((name) => ({
    ...(CONTENDERS[name] ?? BARE),
    ...(name.includes("5% more") ? { extraMicroseconds } : {}),
  }));
  const rounds: Turns[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await roundOf(all));
    console.error(`round ${round + 1} of ${ROUNDS}`);
  }
  console.log(
    `node ${process.version}, ${ROUNDS} rounds of ${TURNS} alternating turns of ${REQUESTS} requests, ` +
      `${CONNECTIONS} connections; medians, and in brackets where the middle half of the rounds lies`,
  );
  console.table(
    names.map((name, index) => {
      const of = (what: keyof Cost): number =>
        median(rounds.flatMap((round) => (round[index] ?? []).map((cost) => cost[what])));
      const against = (what: keyof Cost): string =>
        percent(rounds.map((round) => ratioOf(round[index] ?? [], round[0] ?? [], what)));
      return {
        server: name,
        "requests per second": of("requestsPerSecond").toFixed(0),
        "against the first": against("requestsPerSecond"),
        "µs of CPU per request": of("cpuMicroseconds").toFixed(1),
        "CPU against the first": against("cpuMicroseconds"),
      };
    }),
  );
}

/** New servers for all, measured in turns: what disturbs the machine for a while disturbs all of them. */
async function roundOf(all: readonly Settings[]): Promise<Turns[]> {
  await using stack = new AsyncDisposableStack();
  const servers = [];
  for (const settings of all) {
    const server = stack.use(startProgram("bench/monitoring.ts", { serve: settings }));
    const url = await server.url();
    if (settings.hasViewer) stack.use(await viewer(url));
    await ask(url, WARM_UP);
    servers.push({ server, url, costs: [] as Cost[] });
  }
  for (let turn = 0; turn < TURNS; turn += 1) {
    // There and back again, so that none is always the first.
    for (const { server, url, costs } of turn % 2 === 0 ? servers : servers.toReversed()) {
      const before = await server.ask<number>("cpu");
      const seconds = await ask(url, REQUESTS);
      const cpuMicroseconds = ((await server.ask<number>("cpu")) - before) / REQUESTS;
      costs.push({ requestsPerSecond: REQUESTS / seconds, cpuMicroseconds });
    }
  }
  return servers.map(({ costs }) => costs);
}

/** Of turns side by side. */
function ratioOf(turns: Turns, others: Turns, what: keyof Cost): number {
  return median(turns.map((cost, turn) => cost[what] / (others[turn]?.[what] ?? Number.NaN)));
}

/** Asks for so many words, each another one, and checks each answer; gives how many seconds that took. */
async function ask(url: string, amount: number): Promise<number> {
  let wrong = 0;
  const startedAt = performance.now();
  let answeredAt = startedAt;
  const { errors, non2xx, timeouts } = await autocannon({
    url: `${url}/graphql`,
    connections: CONNECTIONS,
    amount,
    // It ends when it looks the next time, which is every second unless it is told otherwise.
    sampleInt: 10,
    requests: [
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        setupRequest(request, context) {
          words += 1;
          Object.assign(context, { answer: `"upper":"CAT ${words}"` });
          const variables = { x: `cat ${words}` };
          const query = "query ($x: String!) { upper(x: $x) }";
          return { ...request, body: JSON.stringify({ query, variables }) };
        },
        onResponse(_status, body, context) {
          answeredAt = performance.now();
          if (!body.includes((context as { answer: string }).answer)) wrong += 1;
        },
      },
    ],
  });
  const failed = errors + non2xx + timeouts + wrong;
  if (failed > 0) throw new Error(`${failed} of ${amount} requests got no answer, or a wrong one`);
  return (answeredAt - startedAt) / 1_000;
}

/** Somebody who looks at the page with the batches. */
async function viewer(url: string): Promise<AsyncDisposable> {
  const leave = new AbortController();
  const response = await fetch(`${url}/batches/events`, { signal: leave.signal });
  if (!response.ok) throw new Error(`the events of /batches: ${response.status}`);
  const reading = response.body?.pipeTo(new WritableStream({})).catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      leave.abort();
      await reading;
    },
  };
}

function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** By linear interpolation. */
function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return below + (above - below) * (place - Math.floor(place));
}

/** The median of ratios, and the middle half of them. */
function percent(ratios: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => (quantile(ratios, part) * 100).toFixed(1));
  return `${middle}% (${low} to ${high})`;
}
