// The load's client as the suite uses it: one process for all turns, so that it is warm when the first is measured.

import { type FixtureProcess, startProgram } from "../../test/support/fixture-process.ts";
import type { Seen } from "./client.ts";
import type { LoadName } from "./loads.ts";
import type { TurnOrder } from "./turn.ts";

/** Said in one line, and the end of the run: what is wrong is not measured. */
export class RefusedToReport extends Error {}

export class LoadClient implements AsyncDisposable {
  readonly #program: FixtureProcess = startProgram("bench/suite/client.ts");

  /** All connections of one turn, which are open before it begins and closed after it. */
  async open(url: string, count: number): Promise<AsyncDisposable> {
    await this.#program.ask("open", { url, count });
    return { [Symbol.asyncDispose]: () => this.#program.ask("close") };
  }

  /**
   * @param who as the error calls it.
   * @throws RefusedToReport where an answer is wrong.
   */
  async run(who: string, load: LoadName, order: TurnOrder): Promise<Seen> {
    try {
      return await this.#program.ask<Seen>("run", { load, ...order });
    } catch (error) {
      const wrong = /WrongAnswer: (.*)/.exec(error instanceof Error ? error.message : "")?.[1];
      if (wrong === undefined) throw error;
      throw new RefusedToReport(`${who} answered wrongly (${load}): ${wrong}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
