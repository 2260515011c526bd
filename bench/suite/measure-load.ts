// One load, given to all contenders in turns: all are alive through it, and idle while another has its turn.

import { SeededRandom } from "../../test/support/seeded-random.ts";
import type { Readings } from "../servers/program.ts";
import { shuffled } from "../shuffled.ts";
import type { Seen } from "./client.ts";
import { type ContenderProcess, startContender } from "./contender-process.ts";
import { CONTENDERS, type ContenderName, takesPart } from "./contenders.ts";
import type { LoadClient } from "./load-client.ts";
import { LOADS, type LoadName } from "./loads.ts";
import type { SuiteOptions } from "./options.ts";
import type { Columns, ContenderResults, HalfTurn, LoadResults, Turn } from "./results.ts";
import type { TurnOrder } from "./turn.ts";

const MIB = 2 ** 20;

/** What is measured of a turn, by its two ends. */
interface Measured {
  readonly seen: Seen;
  readonly cpuMicroseconds: number;
  readonly batchSize: number;
  readonly after: Readings;
}

interface MeasuredTurn {
  readonly full: Turn;
  readonly half: HalfTurn | undefined;
}

export async function measureLoad(
  load: LoadName,
  client: LoadClient,
  options: SuiteOptions,
  say: (line: string) => void,
): Promise<LoadResults> {
  const { callMs, slots, title, warmUpSeconds } = LOADS[load];
  const names = options.contenders.filter((name) => takesPart(name, load));
  await using started = new AsyncDisposableStack();
  const processes = new Map<ContenderName, ContenderProcess>();
  for (const name of names) {
    processes.set(name, started.use(await startContender(CONTENDERS[name], { callMs, slots })));
  }
  const turns = new Map<ContenderName, MeasuredTurn[]>(names.map((name) => [name, []]));
  for (const [name, contender] of processes) {
    await using _open = await client.open(contender.url, options.connections);
    const { warmUpRequests: most, isQuick } = options;
    const seconds = isQuick ? 1 : warmUpSeconds;
    const { answers, requestsPerSecond } = await client.run(CONTENDERS[name].title, load, { most, seconds });
    say(`${title}: ${CONTENDERS[name].title}: warm after ${answers} (${requestsPerSecond.toFixed(0)}/s)`);
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const [name, contender] of shuffled([...processes], new SeededRandom(round))) {
      turns.get(name)?.push(await measureTurn(name, contender, load, client, options));
    }
    say(`${title}: round ${round} of ${options.rounds}`);
  }
  return Object.fromEntries([...turns].map(([name, each]) => [name, resultsOf(each)]));
}

async function measureTurn(
  name: ContenderName,
  contender: ContenderProcess,
  load: LoadName,
  client: LoadClient,
  { seconds, connections }: SuiteOptions,
): Promise<MeasuredTurn> {
  await using _open = await client.open(contender.url, connections);
  const ask = (order: TurnOrder): Promise<Measured> => measure(name, contender, load, client, order);
  const full = await ask({ seconds });
  const rate = full.seen.requestsPerSecond / 2;
  const half = LOADS[load].hasHalfLoad ? await ask({ seconds, rate }) : undefined;
  return { full: turnOf(full), half: half && halfTurnOf(half) };
}

async function measure(
  name: ContenderName,
  contender: ContenderProcess,
  load: LoadName,
  client: LoadClient,
  order: TurnOrder,
): Promise<Measured> {
  const before = await contender.readings();
  const seen = await client.run(CONTENDERS[name].title, load, order);
  const after = await contender.readings();
  return {
    seen,
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / seen.answers,
    batchSize: (after.keys - before.keys) / (after.calls - before.calls),
    after,
  };
}

function halfTurnOf({ seen, cpuMicroseconds, batchSize }: Measured): HalfTurn {
  return {
    requestsPerSecond: Math.round(seen.requestsPerSecond),
    p50Ms: rounded(seen.p50Ms),
    p99Ms: rounded(seen.p99Ms),
    cpuMicroseconds: rounded(cpuMicroseconds),
    batchSize: rounded(batchSize),
  };
}

function turnOf(measured: Measured): Turn {
  const { seen, after } = measured;
  return {
    ...halfTurnOf(measured),
    clientCpuMicroseconds: rounded(seen.clientCpuMicroseconds),
    rssMiB: rounded(after.rssBytes / MIB),
    heapMiB: rounded(after.heapBytes / MIB),
  };
}

function resultsOf(turns: readonly MeasuredTurn[]): ContenderResults {
  const full = columnsOf(turns.map((turn) => turn.full));
  const halves = turns.flatMap(({ half }) => (half === undefined ? [] : [half]));
  return halves.length === 0 ? { full } : { full, half: columnsOf(halves) };
}

/** A tenth of the text, where results are written down. */
function columnsOf<Row extends HalfTurn>(rows: readonly Row[]): Columns<Row> {
  const names = Object.keys(rows[0] ?? {}) as (keyof Row)[]; // Rows have no other keys.
  const columns = names.map((name) => [name, rows.map((row) => row[name])]);
  return Object.fromEntries(columns) as Columns<Row>; // Of all the names.
}

/** To what may still mean something, so that the file of the results stays small. */
export function rounded(number: number): number {
  return Number(number.toPrecision(4));
}
