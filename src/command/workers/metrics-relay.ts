// In the primary process: hands the metrics of all workers to the one that is scraped.

import type { NumberedText, ToWorker } from "./messages.ts";

/** A worker whose event loop is busy for longer is left out: Prometheus itself waits for ten seconds as a rule. */
const MOST_MS = 1_000;

/** A worker that can be asked. */
export interface Asked {
  readonly number: number;
  send(message: ToWorker): void;
}

interface Round {
  readonly texts: NumberedText[];
  readonly wanted: number;
  readonly finish: () => void;
}

export class MetricsRelay {
  readonly #rounds = new Map<number, Round>();
  #lastRound = 0;

  /** Resolves when all of them have answered, at the latest after MOST_MS. */
  gather(workers: readonly Asked[]): Promise<readonly NumberedText[]> {
    this.#lastRound += 1;
    const number = this.#lastRound;
    return new Promise((resolve) => {
      const texts: NumberedText[] = [];
      const finish = (): void => {
        clearTimeout(timer);
        this.#rounds.delete(number);
        resolve(texts);
      };
      const timer = setTimeout(finish, MOST_MS);
      this.#rounds.set(number, { texts, wanted: workers.length, finish });
      for (const worker of workers) worker.send({ jitney: "read", round: number });
      if (workers.length === 0) finish();
    });
  }

  /** Takes the answer of a worker; one that comes too late is of no use. */
  take(round: number, worker: number, text: string): void {
    const asked = this.#rounds.get(round);
    if (asked === undefined) return;
    asked.texts.push([worker, text]);
    if (asked.texts.length === asked.wanted) asked.finish();
  }
}
