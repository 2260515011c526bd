// The field that the servers of shared.ts have, alone or through workers.

export const COORDINATE = "Query.upper";

/** A field's arguments. */
export interface Key {
  readonly x: string;
}

/** Keys, and calls of the batch function, since the process has begun. */
export interface Calls {
  readonly keys: number;
  readonly calls: number;
}

export interface UpperOptions {
  /** How long a call takes: 0 for one that gives its values at once. */
  readonly callMs: number;
}

/** Counts what it is asked for. */
export class Upper {
  #keys = 0;
  #calls = 0;
  readonly #callMs: number;

  constructor({ callMs }: UpperOptions) {
    this.#callMs = callMs;
  }

  get calls(): Calls {
    return { keys: this.#keys, calls: this.#calls };
  }

  readonly compute = (keys: readonly Key[]): string[] | Promise<string[]> => {
    this.#keys += keys.length;
    this.#calls += 1;
    const values = keys.map(({ x }) => x.toUpperCase());
    if (this.#callMs === 0) return values;
    return new Promise((resolve) => setTimeout(() => resolve(values), this.#callMs));
  };
}
