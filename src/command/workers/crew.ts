// The workers of a primary process: the first starts before the others, who ends is replaced, all are drained together.

import cluster, { type Worker } from "node:cluster";
import type { Logger } from "../../server/log/logger.ts";
import type { StartEntry } from "../../server/log/start-log.ts";
import { BackOff } from "./back-off.ts";
import { closeUntaken } from "./handed-over.ts";
import { logEnd, logReplaced } from "./log.ts";
import { isOurs, type ToPrimary, type ToWorker } from "./messages.ts";
import { type Asked, MetricsRelay } from "./metrics-relay.ts";
import { environmentOf } from "./place.ts";

/** A worker's place, and who has it now. */
interface Member {
  readonly number: number;
  readonly backOff: BackOff;
  worker?: Worker | undefined;
  /** Undefined until it listens. */
  readyAt?: number | undefined;
  /** What kept it from starting, in its own words. */
  failure?: string | undefined;
  restart?: NodeJS.Timeout | undefined;
}

/** What keeps all of them from starting. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  /** That of the worker, which is what one process alone would have ended with. */
  readonly exitCode: number;

  /** @param text what is to be printed; "" where the worker has printed it. */
  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }
}

export class Crew {
  readonly #members: readonly Member[];
  readonly #logger: Logger;
  readonly #relay = new MetricsRelay();
  readonly #started = Promise.withResolvers<StartEntry>();
  readonly #gone = Promise.withResolvers<void>();
  #state: "starting" | "serving" | "ending" = "starting";
  /** What the first one has said of its start. */
  #start: StartEntry | undefined;
  /** Where workers are to listen, if not where the flags say. */
  #port: number | undefined;
  /** Whether all that have ended since the end began had answered whom they had accepted. */
  #isOrderly = true;

  constructor(count: number, logger: Logger) {
    this.#members = Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      backOff: new BackOff(),
    }));
    this.#logger = logger;
  }

  /**
   * Resolves when all listen. The first starts alone: what is wrong with all of them is found once.
   *
   * @throws StartFailure
   */
  start(): Promise<StartEntry> {
    this.#fork(this.#members[0] as Member);
    return this.#started.promise;
  }

  /** Resolves when all have ended: with whether each of them did so in order. Nobody is replaced any more. */
  async drain(reason: string): Promise<boolean> {
    this.#end();
    for (const { worker } of this.#living) tell(worker, { jitney: "drain", reason });
    await this.#gone.promise;
    return this.#isOrderly;
  }

  /** Ends all at once; resolves when they have. */
  kill(): Promise<void> {
    this.#end();
    for (const { worker } of this.#living) worker.process.kill("SIGKILL");
    return this.#gone.promise;
  }

  #end(): void {
    this.#state = "ending";
    for (const { restart } of this.#members) clearTimeout(restart);
    if (this.#living.length === 0) this.#gone.resolve();
  }

  get #living(): readonly (Member & { readonly worker: Worker })[] {
    return this.#members.filter(
      (member): member is Member & { worker: Worker } => member.worker !== undefined,
    );
  }

  #fork(member: Member): void {
    member.readyAt = undefined;
    member.failure = undefined;
    let worker: Worker;
    try {
      worker = cluster.fork(
        environmentOf({
          number: member.number,
          count: this.#members.length,
          isFirst: this.#start === undefined,
          port: this.#port,
        }),
      );
    } catch (error) {
      // For want of memory, say: the moment in which a worker is missed most.
      member.failure = error instanceof Error ? error.message : String(error);
      this.#onEnd(member, 1, null);
      return;
    }
    member.worker = worker;
    closeUntaken(worker);
    worker.on("error", (error: Error) => {
      // Else it was started, and ends: it did not take any more what it was sent.
      if (worker.process.pid !== undefined) return;
      member.failure = error.message;
      this.#onEnd(member, 1, null);
    });
    worker.on("message", (message: unknown) => {
      if (isOurs<ToPrimary>(message)) this.#take(member, worker, message);
    });
    worker.once("exit", (exitCode: number | null, signal: string | null) => {
      const onEnd = (): void => this.#onEnd(member, exitCode, signal);
      // What it has said before its end may come after that.
      if (worker.isConnected()) worker.once("disconnect", onEnd);
      else onEnd();
    });
  }

  #take(member: Member, worker: Worker, message: ToPrimary): void {
    switch (message.jitney) {
      case "ready":
        this.#onReady(member, worker, message.start);
        return;
      case "failed":
        member.failure = message.text;
        return;
      case "metrics":
        this.#relay.take(message.round, member.number, message.text);
        return;
      case "gather":
        void this.#gather(member, worker, message.scrape);
    }
  }

  async #gather(asker: Member, worker: Worker, scrape: number): Promise<void> {
    const others: readonly Asked[] = this.#living
      .filter((member) => member !== asker && member.readyAt !== undefined)
      .map((other) => ({ number: other.number, send: (message) => tell(other.worker, message) }));
    tell(worker, { jitney: "gathered", scrape, texts: await this.#relay.gather(others) });
  }

  #onReady(member: Member, worker: Worker, start: StartEntry): void {
    const isFirst = this.#start === undefined;
    this.#start ??= start;
    if (start.url !== this.#start.url) {
      // With the last worker, the socket was closed on which it listened: port 0 is another one now. Again, where it was.
      this.#port = Number(new URL(this.#start.url).port);
      worker.process.kill("SIGKILL");
      return;
    }
    member.readyAt = performance.now();
    if (this.#state === "serving") logReplaced(this.#logger, member.number);
    if (this.#state !== "starting") return;
    if (isFirst) for (const other of this.#members.slice(1)) this.#fork(other);
    if (this.#members.some(({ readyAt }) => readyAt === undefined)) return;
    this.#state = "serving";
    this.#started.resolve(this.#start);
  }

  #onEnd(member: Member, exitCode: number | null, signal: string | null): void {
    const { number, readyAt, failure } = member;
    member.worker = undefined;
    member.readyAt = undefined;
    if (this.#state === "ending") {
      if (exitCode !== 0 && readyAt !== undefined) this.#isOrderly = false;
      if (this.#living.length === 0) this.#gone.resolve();
    } else if (this.#state === "starting") {
      const killed = signal === null ? "" : `jitney: worker ${number} was ended by ${signal} as it started`;
      this.#started.reject(new StartFailure(failure ?? killed, exitCode ?? 1));
    } else {
      const servedMs = readyAt === undefined ? 0 : performance.now() - readyAt;
      const restartInMs = member.backOff.next(servedMs);
      logEnd(this.#logger, { worker: number, exitCode, signal, servedMs, restartInMs, failure });
      if (restartInMs === 0) this.#fork(member);
      else member.restart = setTimeout(() => this.#fork(member), restartInMs);
    }
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}
