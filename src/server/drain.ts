// How a server ends: whom it refuses, whom it waits for, and for how long.

import type { Server, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { BatchedField } from "../graphql/index.ts";
import type { Logger } from "./log/logger.ts";
import { isForGraphQL } from "./request-checks.ts";

/** How long answers that are ready may take to reach their clients. */
const LAST_WORDS_MS = 1_000;

export class Drain {
  readonly #server: Server;
  readonly #fields: readonly BatchedField[];
  readonly #delayMs: number;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  /** Requests in flight, the one that only asks for `/health` included. */
  readonly #inFlight = new Set<ServerResponse>();
  #run: Promise<void> | undefined;
  #isClosed = false;
  #onLastAnswer: (() => void) | undefined;
  #onClosing = (): void => {};
  /** How many requests for GraphQL have had their answers since the end began. */
  #answered = 0;

  constructor(
    server: Server,
    fields: readonly BatchedField[],
    delayMs: number,
    timeoutMs: number,
    logger: Logger,
  ) {
    this.#server = server;
    this.#fields = fields;
    this.#delayMs = delayMs;
    this.#timeoutMs = timeoutMs;
    this.#logger = logger;
  }

  /** Whether the end has been announced. */
  get hasBegun(): boolean {
    return this.#run !== undefined;
  }

  /** Whether no more requests are taken. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @param tell called when no more requests are taken, before any connection is closed. */
  beforeClosing(tell: () => void): void {
    this.#onClosing = tell;
  }

  track(response: ServerResponse): void {
    this.#inFlight.add(response);
    const isTaken = !this.#isClosed;
    if (!isTaken) response.setHeader("Connection", "close");
    response.once("close", () => {
      const isAnswered = isTaken && this.hasBegun && response.writableFinished && isForGraphQL(response.req);
      if (isAnswered) this.#answered += 1;
      this.#inFlight.delete(response);
      if (this.#inFlight.size === 0) this.#onLastAnswer?.();
    });
  }

  /** Resolves when everything has ended. Called again, it gives the same promise. */
  run(reason?: string): Promise<void> {
    this.#run ??= this.#logged(reason);
    return this.#run;
  }

  async #logged(reason: string | undefined): Promise<void> {
    const startMs = performance.now();
    const inFlight = [...this.#inFlight].filter(({ req }) => isForGraphQL(req)).length;
    const givenUpBefore = this.#givenUp();
    const why = reason === undefined ? "" : ` on ${reason}`;
    this.#logger.info({ reason, inFlight }, `Draining${why}: ${count(inFlight, "request")} in flight`);
    await this.#end();
    const ms = Math.round(performance.now() - startMs);
    const [answered, givenUp] = [this.#answered, this.#givenUp() - givenUpBefore];
    const rest = givenUp === 0 ? "" : `, ${count(givenUp, "caller")} given up`;
    this.#logger.info(
      { ms, answered, givenUp },
      `Drained in ${ms} ms: ${count(answered, "request")} answered${rest}`,
    );
  }

  /** Callers of batched fields. */
  #givenUp(): number {
    return this.#fields.reduce((sum, { batcher }) => sum + batcher.stats().totals.shutOut, 0);
  }

  async #end(): Promise<void> {
    if (this.#delayMs > 0) await sleep(this.#delayMs);
    this.#isClosed = true;
    this.#onClosing();
    // Idle connections are closed by it too.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#closeConnections();

    const longestGrace = Math.max(0, ...this.#fields.map(({ batcher }) => batcher.limits.abortGraceMs));
    const graceMs = Math.min(longestGrace, this.#timeoutMs / 2);
    const lastAnswer = this.#allAnswered(this.#timeoutMs - graceMs);
    await Promise.all(this.#fields.map(({ batcher }) => batcher.drain({ acceptUntil: lastAnswer, graceMs })));
    await lastAnswer;
    // Whom the batchers had to give up is told so before the connection goes.
    await this.#allAnswered(LAST_WORDS_MS);
    this.#server.closeAllConnections();
    await closed;
  }

  /** Each with the last answer that is due on it. A client that keeps its connection would otherwise keep the server. */
  #closeConnections(): void {
    const lastOnes = new Map<unknown, ServerResponse>();
    for (const response of this.#inFlight) {
      // A subscription has no last answer: its client is to subscribe elsewhere.
      if (isEventStream(response)) response.destroy();
      else lastOnes.set(response.req.socket, response);
    }
    for (const response of lastOnes.values()) {
      if (!response.headersSent) response.setHeader("Connection", "close");
    }
  }

  /** Resolves when no request is in flight, at the latest after `timeoutMs`. */
  #allAnswered(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, timeoutMs);
      this.#onLastAnswer = () => {
        clearTimeout(giveUp);
        resolve();
      };
      if (this.#inFlight.size === 0) this.#onLastAnswer();
    });
  }
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function isEventStream({ req, headersSent, writableEnded }: ServerResponse): boolean {
  return headersSent && !writableEnded && (req.headers.accept?.includes("text/event-stream") ?? false);
}
