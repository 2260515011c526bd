// One turn of the load: all connections ask for so long, each as soon as it has its answer, or all together at a rate.

import type { Answer, Connection } from "./connection.ts";
import type { Load } from "./loads.ts";
import { isRight } from "./right-answer.ts";

export interface TurnOrder {
  /** How long requests are sent; the turn ends with the last answer. */
  readonly seconds: number;
  /** Requests per second, evenly; without it, as many as are answered. */
  readonly rate?: number;
  /** It may end before `seconds`, when so many requests have been sent. */
  readonly most?: number;
}

export interface TurnEnd {
  readonly answers: number;
  readonly seconds: number;
  /** From a request, or from when it should have been sent, to its answer. */
  readonly latenciesMs: readonly number[];
}

/** How long after the end of a turn its last answer may come: far longer than any server here needs. */
const PATIENCE_MS = 30_000;

/** An answer that is not what its request asked for: nothing is worth measuring then. */
export class WrongAnswer extends Error {
  constructor(asked: string, answer: Answer | undefined) {
    const given = answer === undefined ? "no answer" : `${answer.status} ${answer.body.slice(0, 300)}`;
    super(`asked for ${asked.slice(0, 300)} and got ${given}`);
    this.name = "WrongAnswer";
  }
}

/** Numbers of requests never come again in a process, so that no server can know an answer already. */
let lastNumber = 0;

/** @throws WrongAnswer at the first answer that is none, or not the one that was asked for. */
export async function runTurn(
  connections: readonly Connection[],
  load: Load,
  { seconds, rate, most = Infinity }: TurnOrder,
): Promise<TurnEnd> {
  const { promise: done, resolve: finish, reject } = Promise.withResolvers<void>();
  const latenciesMs: number[] = [];
  const free = [...connections];
  const startedAt = performance.now();
  const endsAt = startedAt + 1_000 * seconds;
  let sent = 0;

  const send = (connection: Connection, dueAt: number): void => {
    sent += 1;
    lastNumber += 1;
    const number = lastNumber;
    connection.ask(load.body(number), (answer) => {
      if (!isRight(answer, load.data(number))) {
        reject(new WrongAnswer(load.body(number), answer));
        return;
      }
      const now = performance.now();
      latenciesMs.push(now - dueAt);
      next(connection, now);
    });
  };
  const mayGoOn = (now: number): boolean => now < endsAt && sent < most;
  /** Requests that a rate has made due while all connections were busy: from when each has been waiting. */
  const overdue: number[] = [];
  const next = (connection: Connection, now: number): void => {
    const dueAt = rate === undefined ? now : overdue.shift();
    if (dueAt !== undefined && mayGoOn(now)) send(connection, dueAt);
    else {
      free.push(connection);
      if (free.length === connections.length && !mayGoOn(now)) finish();
    }
  };

  if (rate === undefined) for (const connection of free.splice(0)) send(connection, startedAt);
  else void pace();
  const tooLate = (): void => reject(new WrongAnswer("an answer to the last requests of a turn", undefined));
  const patience = setTimeout(tooLate, endsAt + PATIENCE_MS - startedAt);
  await done.finally(() => clearTimeout(patience));
  return { answers: latenciesMs.length, seconds: (performance.now() - startedAt) / 1_000, latenciesMs };

  /** Sends what has become due, each millisecond; a connection that is not free in time sends it later. */
  function pace(): void {
    let due = 0;
    const tick = setInterval(() => {
      const now = performance.now();
      if (!mayGoOn(now)) {
        clearInterval(tick);
        if (free.length === connections.length) finish();
        return;
      }
      const wanted = ((now - startedAt) / 1_000) * (rate ?? 0);
      for (; due < wanted; due += 1) {
        const connection = free.shift();
        if (connection === undefined) overdue.push(now);
        else send(connection, now);
      }
    }, 1);
  }
}
