// The random schedules of the heart for mutation testing: few, and always the same ones.

import fc from "fast-check";
import { expect, test } from "vitest";
import { everyPromiseHolds, failureOf } from "../support/random-schedules.ts";
import { Proof } from "../support/watched-proof.ts";

const SCHEDULES = 800;

test("every promise holds", { timeout: 15_000 }, async () => {
  const run = await fc.check(everyPromiseHolds(new Proof()), {
    numRuns: SCHEDULES,
    seed: 1,
    endOnFailure: true,
  });
  expect(failureOf(run)?.report).toBeUndefined();
});
