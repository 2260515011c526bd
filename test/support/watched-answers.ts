// The ways in which a call of a batch function under watch may end, and what each of them means for its keys.

import { type Failure, KeyError, type Value, type WatchedKey } from "./watched-keys.ts";

/** `culprits`: fails if the word "bad" is among the keys, and gives an Error for the word "sick". */
export type HowToEnd =
  | "answer"
  | "promises"
  | "one error"
  | "culprits"
  | "dead"
  | "throw"
  | "throw a string"
  | "AbortError"
  | "TimeoutError"
  | "wrong shape";

/** What one call gave. */
export type Answer =
  | {
      readonly type: "values";
      /** What the batch function gives: the values and errors, or promises of them. */
      readonly given: readonly unknown[];
      readonly values: readonly (Value | KeyError)[];
    }
  | {
      readonly type: "failure";
      readonly failure: Failure;
      /** Whether the failure is of a kind that a part of the keys may not have. */
      readonly mayBeOfOneKey: boolean;
      /** What it gives in place of values; undefined where it throws. */
      readonly given?: unknown;
    };

export function answerOf(part: readonly WatchedKey[], how: HowToEnd): Answer {
  switch (how) {
    case "answer":
      return values(part, () => false);
    case "promises":
      return inPromises(values(part, (_, index) => index === 1));
    case "one error":
      return values(part, (_, index) => index === 0);
    case "culprits":
      if (part.some(({ key }) => key.word === "bad")) return thrown(new Error("a bad key is among them"));
      return values(part, ({ key }) => key.word === "sick");
    case "dead":
    case "throw":
      return thrown(new Error("of the whole batch"));
    case "throw a string":
      return thrown("not an Error");
    case "AbortError":
    case "TimeoutError":
      return thrown(new DOMException("It took too long", how), false);
    case "wrong shape":
      return {
        type: "failure",
        failure: { type: "wrong shape" },
        mayBeOfOneKey: false,
        given: misshapen(part.map(({ key }) => ({ of: key }))),
      };
  }
}

export function thrown(what: unknown, mayBeOfOneKey = true): Answer {
  return { type: "failure", failure: { type: "thrown", thrown: what }, mayBeOfOneKey };
}

/** Gives the answer as a batch function does that is not async. */
export function give(answer: Answer): unknown {
  if (answer.type === "values") return answer.given;
  if (answer.failure.type === "thrown") throw answer.failure.thrown;
  return answer.given;
}

/** The same for one that is. */
export function settle(end: PromiseWithResolvers<unknown>, answer: Answer): void {
  try {
    end.resolve(give(answer));
  } catch (error) {
    end.reject(error);
  }
}

function misshapen(values: readonly Value[]): unknown {
  const shapes = [[...values, new Error("one too many")], values.slice(1), { ...values }, null];
  return shapes[(values[0]?.of.serial ?? 0) % shapes.length];
}

function values(
  part: readonly WatchedKey[],
  isError: (watched: WatchedKey, index: number) => boolean,
): Answer & { type: "values" } {
  const given = part.map((watched, index) =>
    isError(watched, index) ? new KeyError(watched.key) : { of: watched.key },
  );
  return { type: "values", given, values: given };
}

function inPromises({ values }: Answer & { type: "values" }): Answer {
  const given = values.map((value) =>
    value instanceof KeyError ? Promise.reject(value) : Promise.resolve(value),
  );
  return { type: "values", given, values };
}
