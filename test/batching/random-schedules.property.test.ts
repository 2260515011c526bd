// What always holds, whatever happens in whatever order. `WatchedBatcher` says what that is; this file makes it
// happen: random limits, random steps. A failure prints the seed and the shortest schedule that breaks a promise.

import fc from "fast-check";
import { test } from "vitest";
import { type Settings, type Step, WatchedBatcher } from "../support/watched-batcher.ts";

const delayMs = fc.constantFrom(0, 1, 2.5, 7, 12, 30);

const settings: fc.Arbitrary<Settings> = fc.record({
  maxBatchSize: fc.integer({ min: 1, max: 4 }),
  maxDelayMs: delayMs,
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxQueueSize: fc.integer({ min: 1, max: 9 }),
  timeoutMs: fc.constantFrom(5, 20, 33.3, 60),
  abortGraceMs: fc.constantFrom(0, 4, 25),
  shareEqualKeys: fc.boolean(),
  earlyByMs: fc.constantFrom(0, 0.4),
  answersAtOnce: fc.oneof(
    { arbitrary: fc.constant(false), weight: 5 },
    { arbitrary: fc.constant(true), weight: 1 },
  ),
});

const load: fc.Arbitrary<Step> = fc.record(
  {
    type: fc.constant("load" as const),
    word: fc.constantFrom("cat", "dog", "cow"),
    partition: fc.constantFrom("", "", "red", "blue"),
    delayMs,
  },
  { requiredKeys: ["type", "word", "partition"] },
);
const leave: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("leave" as const),
  which: fc.nat({ max: 20 }),
});
const advance: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("advance" as const),
  ms: fc.constantFrom(0, 0.3, 1, 2.5, 5, 11, 40),
});
const end: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("end" as const),
  which: fc.nat({ max: 3 }),
  how: fc.constantFrom(
    "answer" as const,
    "answer" as const,
    "one error" as const,
    "reject" as const,
    "misshape" as const,
  ),
});
const step = fc.oneof(
  { arbitrary: load, weight: 6 },
  { arbitrary: leave, weight: 2 },
  { arbitrary: advance, weight: 2 },
  { arbitrary: end, weight: 2 },
);

test("every promise holds in every schedule", { timeout: 60_000 }, async () => {
  const schedule = fc.array(step, { minLength: 5, maxLength: 60, size: "max" });
  await fc.assert(
    fc.asyncProperty(settings, schedule, async (limits, steps) => {
      const watched = new WatchedBatcher(limits);
      for (const one of steps) await watched.act(one);
      await watched.drain();
    }),
    { numRuns: 1_500 },
  );
});
