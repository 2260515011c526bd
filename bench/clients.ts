// Why the suite has a client of its own: what it and autocannon cost per request, how many they ask for, and how evenly
// they ask at a fixed rate, against the same bare server in one run. Both check every answer. Rounds alternate; medians
// are reported.

import autocannon from "autocannon";
import { median } from "./statistics.ts";
import { Connection } from "./suite/connection.ts";
import { startContender } from "./suite/contender-process.ts";
import { CONTENDERS } from "./suite/contenders.ts";
import { LOADS, type Load } from "./suite/loads.ts";
import { isRight } from "./suite/right-answer.ts";
import { runTurn, WrongAnswer } from "./suite/turn.ts";

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 64;
/** Requests per second, where those are fixed: far fewer than either could ask for. */
const RATE = 2_000;
const TENTH_MS = 100;

interface Turn {
  readonly answers: number;
  readonly seconds: number;
}

/** Asks for so long, at a rate or as fast as it can. */
type Client = (url: string, load: Load, rate: number | undefined) => Promise<Turn>;

interface Round {
  readonly requestsPerSecond: number;
  readonly clientCpuMicroseconds: number;
  readonly serverCpuMicroseconds: number;
  /** Which part of a second's requests is sent in its busiest tenth; 10% if evenly. */
  readonly busiestTenth: number;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  "the suite's own": ownClient,
  autocannon: autocannonClient,
};

await using bare = await startContender(CONTENDERS.bare, { callMs: 0, slots: 1 });
const rounds = new Map(Object.keys(CLIENTS).map((name) => [name, [] as Round[]]));
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, client] of Object.entries(CLIENTS)) {
    const measured = await measure(client);
    if (round > 0) rounds.get(name)?.push(measured); // The first makes all warm.
  }
}
console.log(
  `node ${process.version}, ${ROUNDS} alternating rounds, ${CONNECTIONS} connections, bare node:http`,
);
console.table(
  [...rounds].map(([client, each]) => {
    const of = (what: keyof Round): number => median(each.map((round) => round[what]));
    return {
      client,
      "requests per second": of("requestsPerSecond").toFixed(0),
      "its CPU per request, µs": of("clientCpuMicroseconds").toFixed(1),
      "the server's, µs": of("serverCpuMicroseconds").toFixed(1),
      [`at ${RATE}/s: sent in the busiest tenth of a second`]: `${(100 * of("busiestTenth")).toFixed(0)}%`,
    };
  }),
);

async function measure(client: Client): Promise<Round> {
  const before = process.cpuUsage();
  const serverBefore = (await bare.readings()).cpuMicroseconds;
  const { answers, seconds } = await client(bare.url, LOADS.variables, undefined);
  const { user, system } = process.cpuUsage(before);
  const serverCpu = (await bare.readings()).cpuMicroseconds - serverBefore;
  const sentAt: number[] = [];
  const body = (number: number): string => {
    sentAt.push(performance.now());
    return LOADS.variables.body(number);
  };
  await client(bare.url, { ...LOADS.variables, body }, RATE);
  return {
    requestsPerSecond: answers / seconds,
    clientCpuMicroseconds: (user + system) / answers,
    serverCpuMicroseconds: serverCpu / answers,
    busiestTenth: busiestTenth(sentAt),
  };
}

/** Of the last whole second. */
function busiestTenth(sentAt: readonly number[]): number {
  const last = sentAt.at(-1) ?? 0;
  const counts = Array<number>(10).fill(0);
  for (const at of sentAt) {
    const tenth = Math.floor((last - at) / TENTH_MS);
    if (tenth < counts.length) counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  const sum = counts.reduce((total, count) => total + count, 0);
  return Math.max(...counts) / sum;
}

async function ownClient(url: string, load: Load, rate: number | undefined): Promise<Turn> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => Connection.open(new URL(url))),
  );
  try {
    return await runTurn(connections, load, { seconds: SECONDS, ...(rate === undefined ? {} : { rate }) });
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function autocannonClient(url: string, load: Load, rate: number | undefined): Promise<Turn> {
  let number = 0;
  let answers = 0;
  const startedAt = performance.now();
  let answeredAt = startedAt;
  let wrong: WrongAnswer | undefined;
  const { errors, timeouts } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    sampleInt: 50,
    ...(rate === undefined ? {} : { overallRate: rate }),
    requests: [
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        setupRequest(request, context) {
          number += 1;
          Object.assign(context, { number });
          return { ...request, body: load.body(number) };
        },
        onResponse(status, body, context) {
          answers += 1;
          answeredAt = performance.now();
          const { number: asked } = context as { number: number };
          if (!isRight({ status, body }, load.data(asked)))
            wrong ??= new WrongAnswer(load.body(asked), { status, body });
        },
      },
    ],
  });
  if (wrong !== undefined) throw wrong;
  if (errors + timeouts > 0) throw new Error(`${errors + timeouts} requests got no answer`);
  return { answers, seconds: (answeredAt - startedAt) / 1_000 };
}
