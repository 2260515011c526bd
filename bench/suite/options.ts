// The flags of the suite.

import { parseArgs } from "node:util";
import { CONTENDER_NAMES, type ContenderName } from "./contenders.ts";
import { LOAD_NAMES, type LoadName } from "./loads.ts";

/** What is measured beside the loads. */
const EXTRA_NAMES = ["scale", "delays", "held", "heart"] as const;

type ExtraName = (typeof EXTRA_NAMES)[number];

export interface SuiteOptions {
  readonly rounds: number;
  /** How long a turn is. */
  readonly seconds: number;
  readonly connections: number;
  readonly loads: readonly LoadName[];
  readonly extras: readonly ExtraName[];
  readonly contenders: readonly ContenderName[];
  readonly isQuick: boolean;
  /** V8 goes on optimizing a server for some 30,000 requests (measured), with a spike near its 16,384th. */
  readonly warmUpRequests: number;
}

/** Of a measurement (fewer than eight rounds give no interval of a median), and of a smoke run. */
const FULL = { rounds: 8, seconds: 1, warmUpRequests: 30_000 };
const QUICK = { rounds: 1, seconds: 0.3, warmUpRequests: 1_000 };

export const USAGE = `npm run bench -- [flags]
  --rounds N          rounds of each load (${FULL.rounds})
  --seconds S         how long each turn takes (${FULL.seconds})
  --only A,B          of ${[...LOAD_NAMES, ...EXTRA_NAMES].join(", ")} (all)
  --contenders A,B    of ${CONTENDER_NAMES.join(", ")} (all)
  --quick             a smoke run of about a minute, which is no measurement`;

/** What is said in one line above the usage: a flag that cannot be used, as a rule. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readOptions(args: readonly string[]): SuiteOptions {
  const { rounds, seconds, only, contenders, quick, help } = parse(args);
  if (help) throw new UsageError("The suite: Jitney beside its peers.");
  const wanted = quick ? QUICK : FULL;
  const parts = oneOf("--only", only, [...LOAD_NAMES, ...EXTRA_NAMES]);
  return {
    ...wanted,
    rounds: rounds === undefined ? wanted.rounds : positive("--rounds", rounds, Number.isInteger),
    seconds: seconds === undefined ? wanted.seconds : positive("--seconds", seconds, Number.isFinite),
    connections: 64,
    loads: LOAD_NAMES.filter((name) => parts.includes(name)),
    extras: EXTRA_NAMES.filter((name) => parts.includes(name)),
    contenders: oneOf("--contenders", contenders, CONTENDER_NAMES),
    isQuick: quick,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: text,
        seconds: text,
        only: text,
        contenders: text,
        quick: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(flag: string, given: string, isUsable: (number: number) => boolean): number {
  const number = Number(given);
  if (isUsable(number) && number > 0) return number;
  throw new UsageError(`${flag}: expected a number above 0, but got ${given}`);
}

function oneOf<Name extends string>(
  flag: string,
  given: string | undefined,
  all: readonly Name[],
): readonly Name[] {
  if (given === undefined) return all;
  const names = given.split(",");
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`${flag}: expected some of ${all.join(", ")}, but got ${unknown}`);
  }
  return all.filter((name) => names.includes(name));
}
