// The random schedules of the property test, for as long as one likes: `npm run soak -- --minutes 10 [--seed 1]`.
// Prints the seed first, its progress on the way and, where a promise is broken, the shortest schedule that breaks it
// and how to run it again; ends with 1 then, with 2 for a flag that cannot be used, and else with 0.

import { parseArgs } from "node:util";
import fc from "fast-check";
import { everyPromiseHolds, failureOf } from "./support/random-schedules.ts";
import { Proof } from "./support/watched-proof.ts";

/** How many schedules there are between two looks at the clock: some seconds' worth. */
const SCHEDULES_A_ROUND = 2_500;

/** The largest seed; fast-check takes 32 bits. */
const MAX_SEED = 2 ** 31 - 1;

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  /** Where in the round of the seed a failure is: runs that one schedule alone. */
  readonly path: string | undefined;
}

class FlagError extends Error {}

function flagsOf(args: readonly string[]): Flags {
  let given: { readonly minutes?: string; readonly seed?: string; readonly path?: string };
  try {
    const options = {
      minutes: { type: "string" },
      seed: { type: "string" },
      path: { type: "string" },
    } as const;
    given = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
  const minutes = numberOf("--minutes", given.minutes ?? "1");
  if (!(minutes > 0 && minutes < Infinity))
    throw new FlagError(`--minutes: expected more than 0, but got: ${given.minutes}`);
  const seed =
    given.seed === undefined ? Math.floor(Math.random() * MAX_SEED) : numberOf("--seed", given.seed);
  if (!Number.isInteger(seed) || Math.abs(seed) > MAX_SEED) {
    throw new FlagError(`--seed: expected a whole number of at most ${MAX_SEED}, but got: ${given.seed}`);
  }
  if (given.path !== undefined && !/^\d+(:\d+)*$/.test(given.path)) {
    throw new FlagError(
      `--path: expected numbers with colons between them, but got: ${JSON.stringify(given.path)}`,
    );
  }
  if (given.path !== undefined && given.seed === undefined)
    throw new FlagError("--path: expected with --seed only");
  return { minutes, seed, path: given.path };
}

function numberOf(flag: string, given: string): number {
  const number = Number(given);
  if (given.trim() === "" || Number.isNaN(number)) {
    throw new FlagError(`${flag}: expected a number, but got: ${JSON.stringify(given)}`);
  }
  return number;
}

/** @returns whether every promise held. */
async function soak({ minutes, seed, path }: Flags): Promise<boolean> {
  console.log(`seed ${seed}, ${minutes} minutes`);
  const proof = new Proof();
  const start = performance.now();
  const elapsedSeconds = () => (performance.now() - start) / 1_000;
  for (let round = 0; round === 0 || elapsedSeconds() < minutes * 60; round += 1) {
    const roundSeed = nextSeed(seed, round);
    const details = await fc.check(everyPromiseHolds(proof), {
      seed: roundSeed,
      numRuns: SCHEDULES_A_ROUND,
      ...(path === undefined ? {} : { path }),
    });
    const failure = failureOf(details);
    if (failure !== undefined) {
      console.log(failure.report);
      console.log(`again: npm run soak -- --seed=${roundSeed} --path ${details.counterexamplePath}`);
      return false;
    }
    if (path !== undefined) break;
    const schedules = (round + 1) * SCHEDULES_A_ROUND;
    console.log(
      `${elapsedSeconds().toFixed(0)} s: ${schedules} schedules hold; next seed ${nextSeed(seed, round + 1)}`,
    );
  }
  const checks = proof.checks.reduce((sum, count) => sum + count, 0);
  console.log(`Every promise held, ${checks} times it was looked at.`);
  return true;
}

/** A seed of its own for every round, so that a round can be run again alone. */
function nextSeed(seed: number, round: number): number {
  return (seed + round) % MAX_SEED;
}

try {
  process.exitCode = (await soak(flagsOf(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof FlagError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
