// A batch function that does everything a batch function can do wrong, call by call, as a seed has it.

import { setTimeout as sleep } from "node:timers/promises";
import { GraphQLError } from "graphql";
import type { BatchContext } from "../../src/index.ts";
import { SeededRandom } from "./seeded-random.ts";

export interface Key {
  readonly x: string;
}

/** How often a call does what. Hung calls hold a slot for seconds, so they are rare. */
const WEIGHTS = {
  "answers at once": 300,
  "answers soon": 450,
  "runs long": 80,
  "gives promises": 40,
  "gives some keys an Error": 30,
  "gives some keys a GraphQLError": 20,
  "gives some keys a promise that rejects": 20,
  throws: 15,
  rejects: 20,
  "gives too few values": 8,
  "gives too many values": 8,
  "gives no array": 8,
  "gives nothing": 4,
  "hangs until its signal aborts": 6,
  "hangs for ever": 4,
  "gives a promise that hangs": 3,
  "hangs, and answers wrongly much later": 4,
};

export type Deed = keyof typeof WEIGHTS;

/** Later than anyone waits: a caller joins a running key before its first caller is timed out. */
const MUCH_LATER_MS = 8_000;

export class ChaoticUpper {
  /** While it is calm, every call answers at once. */
  isCalm = false;
  /** How often a call did what. */
  readonly deeds: Partial<Record<Deed, number>> = {};
  readonly #seed: number;
  #calls = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  readonly batchFunction = (keys: readonly Key[], { signal }: BatchContext): Promise<string[]> | string[] => {
    this.#calls += 1;
    const random = new SeededRandom(this.#seed + this.#calls);
    const deed = this.isCalm ? "answers at once" : random.weighted(WEIGHTS);
    this.deeds[deed] = (this.deeds[deed] ?? 0) + 1;
    return this.#do(deed, keys, random, signal) as Promise<string[]> | string[];
  };

  #do(deed: Deed, keys: readonly Key[], random: SeededRandom, signal: AbortSignal): unknown {
    const values = keys.map(({ x }) => x.toUpperCase());
    const secret = `cannot ${keys.map(({ x }) => x).join()}`;
    /** The values, with something else in place of some. */
    const spoilt = (make: (key: string) => unknown): unknown[] =>
      values.map((value) => (random.chance(0.3) ? make(value) : value));
    switch (deed) {
      case "answers at once":
        return values;
      case "answers soon":
        return sleep(random.integer(0, 40), values);
      case "runs long":
        return sleep(random.integer(100, 400), values);
      case "gives promises":
        return values.map((value) => sleep(random.integer(0, 30), value));
      case "gives some keys an Error":
        return sleep(
          5,
          spoilt((value) => new Error(value)),
        );
      case "gives some keys a GraphQLError":
        return spoilt(() => new GraphQLError("sold out", { extensions: { code: "SOLD_OUT" } }));
      case "gives some keys a promise that rejects":
        return spoilt((value) => Promise.reject(new Error(value)));
      case "throws":
        throw new Error(secret);
      case "rejects":
        return sleep(random.integer(0, 20)).then(() => Promise.reject(new Error(secret)));
      case "gives too few values":
        return values.slice(1);
      case "gives too many values":
        return sleep(5, [...values, ...values]);
      case "gives no array":
        return { values };
      case "gives nothing":
        return sleep(5, undefined);
      case "hangs until its signal aborts":
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      case "hangs for ever":
        return new Promise(() => {});
      case "gives a promise that hangs":
        return values.map((value, index) => (index === 0 ? new Promise(() => {}) : value));
      case "hangs, and answers wrongly much later":
        return sleep(
          MUCH_LATER_MS,
          keys.map(() => "much too late"),
          { ref: false },
        );
    }
  }
}
