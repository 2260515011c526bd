// In a worker: what the primary process tells it, and what it tells that.

import cluster from "node:cluster";
import type { SharedMetrics } from "../../monitoring/worker-metrics.ts";
import type { StartEntry } from "../../server/log/start-log.ts";
import type { ServingWorker } from "../../server/worker.ts";
import { isOurs, type ToPrimary, type ToWorker } from "./messages.ts";
import type { Place } from "./place.ts";

/** Longer than the primary process waits for the others: it may hang itself. */
const MOST_GATHERING_MS = 2_000;

export class Worker implements ServingWorker {
  readonly number: number;
  readonly count: number;
  readonly isFirst: boolean;
  readonly port: number | undefined;
  readonly metrics: SharedMetrics;
  readonly #scrapes = new Map<number, (texts: ReadonlyMap<number, string>) => void>();
  #lastScrape = 0;
  #readMetrics: (() => Promise<string>) | undefined;
  #isEnding = false;
  /** Until it serves, it has accepted nothing that it would have to answer. */
  #end: (reason: string) => void = () => process.exit(0);

  constructor({ number, count, isFirst, port }: Place) {
    this.number = number;
    this.count = count;
    this.isFirst = isFirst;
    this.port = port;
    this.metrics = {
      number,
      count,
      share: (read) => {
        this.#readMetrics = read;
      },
      gather: () => this.#gather(),
    };
    // Ctrl-C in a terminal is for all processes of the command: the primary one says what is to happen. A SIGTERM is for this
    // one alone, which is then replaced, or comes from a manager of services that tells all of them.
    process.on("SIGINT", () => {});
    process.on("message", (message) => {
      if (isOurs<ToWorker>(message)) this.#take(message);
    });
    cluster.worker?.once("disconnect", () => {
      // The primary process is gone. Node would end this one at once, with all that it has accepted.
      if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
      this.#endFor("disconnect");
    });
  }

  tellStart(start: StartEntry): void {
    send({ jitney: "ready", start });
  }

  /** Resolves when the primary process has what would have been printed. */
  async tellFailure(text: string): Promise<void> {
    await new Promise<void>((resolve) => send({ jitney: "failed", text }, resolve));
  }

  /** Has `end` called when this worker is to drain and to exit. */
  onEnd(end: (reason: string) => void): void {
    this.#end = end;
  }

  /** Runs what has to see that nothing is left which could go on: the channel to the primary process does not count. */
  async withoutChannel<Result>(run: () => Promise<Result>): Promise<Result> {
    process.channel?.unref();
    try {
      return await run();
    } finally {
      process.channel?.ref();
    }
  }

  #endFor(reason: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#end(reason);
  }

  #take(message: ToWorker): void {
    if (message.jitney === "drain") this.#endFor(message.reason);
    else if (message.jitney === "read") void this.#read(message.round);
    else this.#scrapes.get(message.scrape)?.(new Map(message.texts));
  }

  /** One that cannot be read is missing in the answer, which says so; the log has why when this one is scraped itself. */
  async #read(round: number): Promise<void> {
    const text = await this.#readMetrics?.().catch(() => undefined);
    if (text !== undefined) send({ jitney: "metrics", round, text });
  }

  #gather(): Promise<ReadonlyMap<number, string>> {
    this.#lastScrape += 1;
    const scrape = this.#lastScrape;
    return new Promise((resolve) => {
      const finish = (texts: ReadonlyMap<number, string>): void => {
        clearTimeout(timer);
        this.#scrapes.delete(scrape);
        resolve(texts);
      };
      const timer = setTimeout(finish, MOST_GATHERING_MS, new Map());
      this.#scrapes.set(scrape, finish);
      send({ jitney: "gather", scrape });
    });
  }
}

/** Where the primary process is gone, nobody has to be told. */
function send(message: ToPrimary, onSent: () => void = () => {}): void {
  if (process.connected && process.send !== undefined) process.send(message, () => onSent());
  else onSent();
}
