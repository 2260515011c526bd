// The requests of the chaos test, each with keys of its own, and what is a right answer to one.

import type { GraphQLAnswer } from "./graphql-client.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What one request asks for: a key for each field of each operation. */
export interface ChaosRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body: string;
  /** By operation and alias. */
  readonly operations: readonly Readonly<Record<string, string>>[];
  readonly isArray: boolean;
}

/** The codes of errors for keys that a batcher was asked for, and the total of its stats that counts them. */
export const OUTCOMES: Readonly<Record<string, "failed" | "timedOut" | "refused" | "shutOut">> = {
  BATCH_FAILED: "failed",
  SOLD_OUT: "failed",
  BATCH_TIMEOUT: "timedOut",
  BATCH_QUEUE_FULL: "refused",
  BATCH_SHUTTING_DOWN: "shutOut",
};

/** What README.md says of the status where nothing else was answered. */
const STATUSES: Readonly<Record<string, number>> = {
  BATCH_FAILED: 500,
  SOLD_OUT: 200,
  BATCH_TIMEOUT: 504,
  BATCH_QUEUE_FULL: 503,
  BATCH_SHUTTING_DOWN: 503,
};

const KEY = /(?:key|shared)-[\d-]+/gi;

/** How many keys many clients ask for at the same time. */
const SHARED_KEYS = 20;

/** @param client whose keys are to be like nobody else's. */
export function chaosRequest(random: SeededRandom, client: number, turn: number): ChaosRequest {
  let count = 0;
  const key = (): string => {
    count += 1;
    const isShared = random.chance(0.1);
    return isShared ? `shared-${random.integer(1, SHARED_KEYS)}` : `key-${client}-${turn}-${count}`;
  };
  const one = (field: string, x: string): object => ({
    query: `${field === "write" ? "mutation" : "query"} ($x: String!) { ${field}(x: $x) }`,
    variables: { x },
  });
  const kind = random.weighted({ one: 5, several: 3, array: 1, get: 2, write: 2 });
  switch (kind) {
    case "one": {
      const x = key();
      return posted(one("upper", x), [{ upper: x }]);
    }
    case "write": {
      // Never a shared one: it has to be computed once at most.
      const x = `key-${client}-${turn}-0`;
      return posted(one("write", x), [{ write: x }]);
    }
    case "several": {
      const keys = Array.from({ length: random.integer(2, 6) }, key);
      const parameters = keys.map((_, index) => `$x${index}: String!`).join(", ");
      const fields = keys.map((_, index) => `a${index}: maybe(x: $x${index})`).join(" ");
      const variables = Object.fromEntries(keys.map((x, index) => [`x${index}`, x]));
      const operation = Object.fromEntries(keys.map((x, index) => [`a${index}`, x]));
      return posted({ query: `query (${parameters}) { ${fields} }`, variables }, [operation]);
    }
    case "array": {
      const keys = Array.from({ length: random.integer(1, 4) }, key);
      const operations = keys.map((x) => ({ upper: x }));
      return {
        ...posted(
          keys.map((x) => one("upper", x)),
          operations,
        ),
        isArray: true,
      };
    }
    case "get": {
      const x = key();
      const parameters = new URLSearchParams({
        query: "query ($x: String!) { upper(x: $x) }",
        variables: JSON.stringify({ x }),
      });
      const path = `/graphql?${parameters}`;
      return { method: "GET", path, body: "", operations: [{ upper: x }], isArray: false };
    }
  }
}

function posted(body: object, operations: ChaosRequest["operations"]): ChaosRequest {
  return { method: "POST", path: "/graphql", body: JSON.stringify(body), operations, isArray: false };
}

export function keysOf({ operations }: ChaosRequest): readonly string[] {
  return operations.flatMap((operation) => Object.values(operation));
}

/**
 * How each key of an answered request has ended: "answered", or the code of its error. `["turned away"]` for one that
 * the server has not taken, as it ends.
 *
 * @throws Error that says what is wrong with the answer.
 */
export function outcomesIn(request: ChaosRequest, status: number, text: string): readonly string[] {
  const own = new Set(keysOf(request));
  for (const [key] of text.matchAll(KEY)) {
    if (!own.has(key.toLowerCase())) throw new Error(`it holds ${key}, which is somebody else's`);
  }
  const body: GraphQLAnswer | readonly GraphQLAnswer[] = JSON.parse(text);
  const answers = (Array.isArray(body) ? body : [body]) as readonly GraphQLAnswer[];
  const [first] = answers;
  if (status === 503 && isTurnedAway(first)) return ["turned away"];
  if (Array.isArray(body) !== request.isArray)
    throw new Error("an array for no array, or the other way round");
  if (answers.length !== request.operations.length) throw new Error(`${answers.length} answers`);
  const outcomes = answers.flatMap((answer, index) => outcomesOf(request.operations[index] ?? {}, answer));
  const expected = !request.isArray && first?.data == null ? STATUSES[outcomes[0] ?? ""] : 200;
  if (status !== expected) throw new Error(`status ${status} instead of ${expected}`);
  return outcomes;
}

function isTurnedAway(answer: GraphQLAnswer | undefined): boolean {
  const [error] = answer?.errors ?? [];
  return error?.extensions?.code === "BATCH_SHUTTING_DOWN" && error.path === undefined;
}

function outcomesOf(operation: Readonly<Record<string, string>>, answer: GraphQLAnswer): string[] {
  const { data, errors = [] } = answer;
  const outcomes = Object.entries(operation).map(([alias, x]) => {
    const ofAlias = errors.filter(({ path }) => path?.[0] === alias);
    const [error] = ofAlias;
    const value = data?.[alias] ?? undefined;
    if (error === undefined) {
      if (value !== x.toUpperCase()) throw new Error(`${alias} is ${value} for ${x}`);
      return "answered";
    }
    if (value !== undefined || ofAlias.length > 1) throw new Error(`${alias} has more than one answer`);
    const code = String(error.extensions?.code);
    if (OUTCOMES[code] === undefined) throw new Error(`${alias} has an error with the code ${code}`);
    return code;
  });
  const errorCount = outcomes.filter((outcome) => outcome !== "answered").length;
  if (errors.length !== errorCount) throw new Error(`${errors.length} errors for ${errorCount} fields`);
  return outcomes;
}
