// How a server ends: whom it refuses, whom it waits for, and for how long.

import type { Server, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { LinkedList } from "../batching/linked-list.ts";
import type { BatchedField } from "../graphql/index.ts";
import type { Answer, OnEachEnd } from "./answer.ts";
import { logDrain } from "./log/drain-log.ts";
import type { Logger } from "./log/logger.ts";
import type { ServerSettings } from "./options.ts";
import { isForGraphQL } from "./request-checks.ts";

/** How long answers that are ready may take to reach their clients. */
const LAST_WORDS_MS = 1_000;

export class Drain {
  readonly #server: Server;
  readonly #fields: readonly BatchedField[];
  readonly #delayMs: number;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  readonly #onClosing: () => void;
  /** Requests in flight, the one that only asks for `/health` included. */
  readonly #inFlight = new LinkedList<Answer>();
  #run: Promise<void> | undefined;
  #isClosed = false;
  #onLastAnswer: (() => void) | undefined;
  /** How many requests for GraphQL have had their answers since the end began. */
  #answered = 0;

  /** @param onClosing called when no more requests are taken, before any connection is closed. */
  constructor(
    server: Server,
    onEachEnd: OnEachEnd,
    fields: readonly BatchedField[],
    { drainDelayMs, drainTimeoutMs }: ServerSettings,
    logger: Logger,
    onClosing: () => void,
  ) {
    this.#server = server;
    this.#fields = fields;
    this.#delayMs = drainDelayMs;
    this.#timeoutMs = drainTimeoutMs;
    this.#logger = logger;
    this.#onClosing = onClosing;
    onEachEnd((response) => this.#forget(response));
  }

  /** Whether the end has been announced. */
  get hasBegun(): boolean {
    return this.#run !== undefined;
  }

  /** Whether no more requests are taken. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  track(response: Answer): void {
    this.#inFlight.append(response);
    response.isInFlight = true;
    if (!this.#isClosed) return;
    response.isTurnedAway = true;
    response.setHeader("Connection", "close");
  }

  #forget(response: Answer): void {
    if (!response.isInFlight) return;
    response.isInFlight = false;
    const { isTurnedAway, writableFinished, req } = response;
    if (this.hasBegun && !isTurnedAway && writableFinished && isForGraphQL(req)) this.#answered += 1;
    this.#inFlight.remove(response);
    if (this.#inFlight.size === 0) this.#onLastAnswer?.();
  }

  /** Resolves when everything has ended. Called again, it gives the same promise. */
  run(reason?: string): Promise<void> {
    this.#run ??= this.#endLogged(reason);
    return this.#run;
  }

  async #endLogged(reason: string | undefined): Promise<void> {
    const inFlight = [...this.#inFlight].filter(({ req }) => isForGraphQL(req)).length;
    const logEnd = logDrain(this.#logger, this.#fields, reason, inFlight);
    await this.#end();
    logEnd(this.#answered);
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
    // A response says that it has closed after its connection: its entry of the log is to come before the end's.
    await this.#allAnswered(LAST_WORDS_MS);
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

function isEventStream({ req, headersSent, writableEnded }: ServerResponse): boolean {
  return headersSent && !writableEnded && (req.headers.accept?.includes("text/event-stream") ?? false);
}
