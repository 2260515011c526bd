// What always holds, whatever happens in whatever order: 10,000 random schedules of loads, departures, answers,
// failures, changed limits and drains, each step of which is compared with a second, simple account of it
// (`WatchedBatcher`). A failure prints the seed and the shortest schedule that breaks a promise.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { everyPromiseHolds, type Failure, failureOf } from "../support/random-schedules.ts";
import { type Happening, INVARIANTS, type Invariant, Proof, Violation } from "../support/watched-proof.ts";

const SCHEDULES = 10_000;

/**
 * How often each thing has to have happened, or the schedules have proven nothing about it: about a third of what is
 * usual.
 */
const AT_LEAST: Readonly<Record<Happening, number>> = {
  answered: 10_000,
  "caller's own error": 2_000,
  "caller of a failed key": 10_000,
  "time-out": 3_000,
  "time-out while running": 2_000,
  left: 10_000,
  "left before the load": 2_000,
  "batch deserted": 5_000,
  "batch that stopped on its abort": 1_000,
  "call abandoned": 3_000,
  "answer of an abandoned call": 3_000,
  refused: 8_000,
  "pushed out": 800,
  "bad weight": 1_000,
  "too heavy": 4_000,
  "joined a waiting key": 3_000,
  "joined a running key": 1_000,
  "joined a key that all had left": 20,
  "did not join a call that may hang": 2,
  "released by size": 5_000,
  "released by weight": 2_000,
  "released by delay": 6_000,
  "released by urgent": 2_000,
  "released by drain": 4_000,
  "one key too heavy for a batch goes alone": 200,
  "partitions competed for a slot": 2_000,
  isolation: 1_000,
  "extra call": 4_000,
  "culprit alone": 3_000,
  "part answered after a failure": 1_000,
  "dead key dropped from a part": 100,
  "budget exhausted": 20,
  "isolation given up": 70,
  "failure not isolated": 500,
  "result of the wrong shape": 400,
  "cache hit": 400,
  "cache hit with a full queue": 40,
  "cached value too old": 500,
  "cleared while it ran": 100,
  configured: 3_000,
  "due no more after a configure": 100,
  "bad configure": 500,
  "drain with callers pending": 2_000,
  "answered while draining": 2_000,
  "drain that goes on accepting": 200,
  "load while draining": 2_000,
  "given up at the end of a drain": 7_000,
  "shut out": 9_000,
};

describe(`in ${SCHEDULES} random schedules`, () => {
  const proof = new Proof();
  let failure: Failure | undefined;

  beforeAll(async () => {
    failure = failureOf(await fc.check(everyPromiseHolds(proof), { numRuns: SCHEDULES }));
  }, 120_000);

  test.for(INVARIANTS.map((promise, index) => ({ promise, number: (index + 1) as Invariant })))(
    "invariant $number: $promise",
    ({ number }, { skip }) => {
      if (failure !== undefined) {
        const { violation, report } = failure;
        const isOther = violation instanceof Violation && violation.invariant !== number;
        skip(isOther, "the schedules ended where another promise was broken");
        expect.fail(report);
      }
      expect(proof.checks[number], "times that it was looked at").toBeGreaterThan(SCHEDULES);
    },
  );

  test.for(Object.entries(AT_LEAST))("there was: %s", ([happening, least], { skip }) => {
    skip(failure !== undefined, "the schedules ended where a promise was broken");
    expect(proof.happenings.get(happening as Happening)).toBeGreaterThanOrEqual(least);
  });
});
