// The load's client, in a process of its own: it takes its CPU from no server's process.

import { answerQuestions } from "../../test/support/questions.ts";
import { median, quantile } from "../statistics.ts";
import { Connection } from "./connection.ts";
import { LOADS, type LoadName } from "./loads.ts";
import { runTurn, type TurnEnd, type TurnOrder } from "./turn.ts";

/** Opened at once: more may be more than a server lets wait for its next turn. */
const WAVE = 200;

/** What a client has seen of one turn. */
export interface Seen {
  readonly answers: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The client's own CPU. */
  readonly clientCpuMicroseconds: number;
}

let connections: Connection[] = [];

answerQuestions({
  open: async ({ url, count }: { url: string; count: number }) => {
    while (connections.length < count) {
      const wave = Math.min(WAVE, count - connections.length);
      connections.push(
        ...(await Promise.all(Array.from({ length: wave }, () => Connection.open(new URL(url))))),
      );
    }
  },
  run: async ({ load, ...order }: TurnOrder & { load: LoadName }): Promise<Seen> => {
    const before = process.cpuUsage();
    const end = await runTurn(connections, LOADS[load], order);
    const { user, system } = process.cpuUsage(before);
    return { ...seen(end), clientCpuMicroseconds: (user + system) / end.answers };
  },
  close: () => {
    for (const connection of connections) connection.close();
    connections = [];
  },
});

function seen({ answers, seconds, latenciesMs }: TurnEnd): Omit<Seen, "clientCpuMicroseconds"> {
  return {
    answers,
    requestsPerSecond: answers / seconds,
    p50Ms: median(latenciesMs),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}
