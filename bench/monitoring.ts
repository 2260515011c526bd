// What it costs to see the batches: `upper` over HTTP with and without metrics, traces and facts, in one run. Each round
// starts a new process with all servers (monitoring-servers.ts), and measures them in turns, each against the first
// server's turn beside it; medians are reported, and how sure they are. That the method can see 5% is shown by two further
// servers: one that is the same as the first, and one that burns 5% more.
//
// Two processes with the same server differed by up to 10% in CPU for as long as they ran, whatever was warmed up and
// pinned: so they are not compared.

import autocannon from "autocannon";
import { startProgram } from "../test/support/fixture-process.ts";
import { SeededRandom } from "../test/support/seeded-random.ts";
import type { Sight } from "./monitoring-servers.ts";
import { shuffled } from "./shuffled.ts";
import { intervalOfMedian, median } from "./statistics.ts";

const ROUNDS = Number(process.env.ROUNDS ?? 10);
const CONNECTIONS = 64;
/** Turns until a request takes no less CPU from turn to turn (measured): V8 goes on optimizing for that long. */
const WARM_UP_TURNS = 8;
/** How many requests a turn has, and how many turns a server has in a round: short ones, as what else runs comes and goes. */
const REQUESTS = 1_000;
const TURNS = 40;
/** What the method has to be able to see. */
const VISIBLE = 0.05;

const BARE: Sight = {
  isWatched: false,
  metrics: false,
  batchFacts: "off",
  logLevel: "info",
  extraMicroseconds: 0,
};

const SEEN: Sight = { ...BARE, isWatched: true, metrics: true };

interface Contender {
  readonly name: string;
  readonly sight: Sight;
  /** Whether somebody looks at /batches. */
  readonly hasViewer?: boolean;
}

/** One turn, as means of its requests. */
interface Turn {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
}

let words = 0;

const [bare = []] = await roundOf([{ name: "", sight: BARE }], new SeededRandom(0));
const fivePercent = VISIBLE * median(bare.map(({ cpuMicroseconds }) => cpuMicroseconds));
const contenders: readonly Contender[] = [
  { name: "nothing to see", sight: BARE },
  { name: "the same again", sight: BARE },
  { name: "the same, and 5% more CPU", sight: { ...BARE, extraMicroseconds: fivePercent } },
  { name: "metrics, and traces that nobody records", sight: SEEN },
  { name: "also extensions.batches", sight: { ...SEEN, batchFacts: "on" } },
  { name: "also somebody at /batches", sight: SEEN, hasViewer: true },
  { name: "also a log of each request", sight: { ...SEEN, logLevel: "debug" } },
];
const rounds: (readonly Turn[])[][] = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  rounds.push(await roundOf(contenders, new SeededRandom(round)));
  console.error(`round ${round} of ${ROUNDS}`);
}
console.log(
  `node ${process.version}, ${ROUNDS} rounds of ${TURNS} alternating turns of ${REQUESTS} requests, ` +
    `${CONNECTIONS} connections; medians, and in brackets their 95% confidence intervals`,
);
console.table(
  contenders.map(({ name }, place) => {
    const turns = rounds.map((round) => round[place] ?? []);
    const of = (what: keyof Turn): number => median(turns.flat().map((turn) => turn[what]));
    const against = (what: keyof Turn): string =>
      percent(turns.flatMap((each, round) => ratios(each, rounds[round]?.[0] ?? [], what)));
    return {
      server: name,
      "requests per second": of("requestsPerSecond").toFixed(0),
      "against the first": against("requestsPerSecond"),
      "µs of CPU per request": of("cpuMicroseconds").toFixed(1),
      "CPU against the first": against("cpuMicroseconds"),
    };
  }),
);

/** The turns of each server, in a new process. */
async function roundOf(all: readonly Contender[], random: SeededRandom): Promise<(readonly Turn[])[]> {
  await using program = startProgram(
    "bench/monitoring-servers.ts",
    all.map(({ sight }) => sight),
  );
  const urls = await program.ask<readonly string[]>("urls");
  const measured: Turn[][] = all.map(() => []);
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn += 1) {
    for (const place of shuffled([...all.keys()], random)) {
      await using _viewer = all[place]?.hasViewer ? await look(urls[place] ?? "") : undefined;
      await program.ask("begin", place);
      const before = await program.ask<number>("cpu");
      const seconds = await ask(urls[place] ?? "", REQUESTS);
      const cpuMicroseconds = ((await program.ask<number>("cpu")) - before) / REQUESTS;
      await program.ask("end");
      if (turn >= 0) measured[place]?.push({ requestsPerSecond: REQUESTS / seconds, cpuMicroseconds });
    }
  }
  return measured;
}

/** Of turns side by side. */
function ratios(turns: readonly Turn[], others: readonly Turn[], what: keyof Turn): readonly number[] {
  return turns.map((turn, index) => turn[what] / (others[index]?.[what] ?? Number.NaN));
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

/** Somebody who looks at the page with the batches, until disposed of. */
async function look(url: string): Promise<AsyncDisposable> {
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

/** The median of ratios, and its confidence interval. */
function percent(ratios: readonly number[]): string {
  const shown = (ratio: number): string => (ratio * 100).toFixed(1);
  const [low, high] = intervalOfMedian(ratios);
  return `${shown(median(ratios))}% (${shown(low)} to ${shown(high)})`;
}
