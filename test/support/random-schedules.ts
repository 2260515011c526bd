// Random limits, random steps: what the property test, the soak and the deliberate breaks have in common.

import fc from "fast-check";
import type { Limits } from "../../src/batching/index.ts";
import { WatchedBatcher } from "./watched-batcher.ts";
import { THROWS } from "./watched-loads.ts";
import { type Proof, Violation } from "./watched-proof.ts";
import type { Settings, Step } from "./watched-steps.ts";

// All times are sums of powers of two: their differences are exact, so that a check may ask for the very moment.
const delayMs = fc.constantFrom(0, 1, 2.5, 7, 12, 30);

type LimitArbitraries = { readonly [Name in keyof Limits]: fc.Arbitrary<number> };

/** Everything is short: limits are met all the time. */
const tight: LimitArbitraries = {
  maxBatchSize: fc.constantFrom(1, 2, 2, 3, 4, 4, 8),
  maxBatchWeight: fc.constantFrom(Infinity, Infinity, Infinity, 0.5, 2, 3.5, 6),
  maxDelayMs: delayMs,
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxQueueSize: fc.constantFrom(1, 2, 3, 4, 6, 9, 16, 16),
  timeoutMs: fc.constantFrom(5, 20, 33.25, 60, 60, 3_000),
  abortGraceMs: fc.constantFrom(0, 4, 25),
};

/** Large batches, of which most get to their end. */
const roomy: LimitArbitraries = {
  maxBatchSize: fc.constantFrom(4, 6, 8, 12),
  maxBatchWeight: fc.constantFrom(Infinity, Infinity, 6, 10),
  maxDelayMs: fc.constantFrom(12, 30, 30),
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxQueueSize: fc.constantFrom(6, 9, 16, 30, 60, 60),
  timeoutMs: fc.constantFrom(60, 250, 3_000),
  abortGraceMs: fc.constantFrom(0, 4, 25),
};

const settings = (limits: LimitArbitraries): fc.Arbitrary<Settings> =>
  fc
    .record({
      limits: fc.record(limits),
      shareEqualKeys: fc.boolean(),
      cache: fc.option(
        fc.record({ maxEntries: fc.integer({ min: 1, max: 3 }), ttlMs: fc.constantFrom(1, 10, 40, 40) }),
        { nil: undefined },
      ),
      isolateFailures: fc.constantFrom(false, true, true),
      weighs: fc.boolean(),
      earlyByMs: fc.constantFrom(0, 0.375),
      answersAtTheEnd: fc.boolean(),
      calls: fc.constantFrom(
        "by hand" as const,
        "by hand" as const,
        "by hand or when aborted" as const,
        "at once" as const,
        "in time" as const,
      ),
    })
    .map((given) => ({ ...given, cache: given.shareEqualKeys ? given.cache : undefined }));

const word = fc.constantFrom("cat", "dog", "cow", "ant", "bee", "elk", "sick", "bad");
const partition = fc.constantFrom("", "", "", "red", "blue");
// Few: in a hurry, the next step comes before what this one has set going.
const hurry = fc.constantFrom(false, true);
const which = fc.nat({ max: 20 });

const anyLoad = {
  type: fc.constant("load" as const),
  word,
  partition,
  weight: fc.oneof(
    { arbitrary: fc.constantFrom(1, 1, 0, 0.5, 2, 3, 5), weight: 20 },
    { arbitrary: fc.constantFrom(-1, Number.NaN, Infinity, THROWS), weight: 1 },
  ),
  hasLeft: fc.constantFrom(...new Array<false>(19).fill(false), true),
  hurry: fc.constantFrom(false, true, true),
};
const load: fc.Arbitrary<Step> = fc.record(anyLoad);
const urgentLoad: fc.Arbitrary<Step> = fc.record({ ...anyLoad, delayMs });
const leave: fc.Arbitrary<Step> = fc.record({ type: fc.constant("leave" as const), which, hurry });
const desert: fc.Arbitrary<Step> = fc.record({ type: fc.constant("desert" as const), which });
const advance: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("advance" as const),
  ms: fc.constantFrom(0, 0.25, 1, 2.5, 5, 11, 40),
});
const end: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("end" as const),
  which: fc.nat({ max: 3 }),
  how: fc.constantFrom(
    "answer" as const,
    "answer" as const,
    "promises" as const,
    "one error" as const,
    "culprits" as const,
    "culprits" as const,
    "dead" as const,
    "dead" as const,
    "dead" as const,
    "throw" as const,
    "throw" as const,
    "throw a string" as const,
    "AbortError" as const,
    "TimeoutError" as const,
    "wrong shape" as const,
  ),
});
const configure = (limits: LimitArbitraries): fc.Arbitrary<Step> =>
  fc.record({
    type: fc.constant("configure" as const),
    limits: fc.record(limits, { requiredKeys: [] }),
    hurry,
  });
const badLimits: readonly Partial<Limits>[] = [
  { maxBatchSize: 1, maxDelayMs: -1 },
  { maxDelayMs: 0, concurrency: 0 },
  { timeoutMs: 0, maxQueueSize: 1 },
  { abortGraceMs: Number.NaN, maxBatchWeight: 0.5 },
  { maxBatchWeight: 0, timeoutMs: 5 },
  { maxQueueSize: 1.5 },
];
const configureBadly: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("configure badly" as const),
  limits: fc.constantFrom(...badLimits),
});
const clear: fc.Arbitrary<Step> = fc.record({ type: fc.constant("clear" as const), word, partition, hurry });
const drain: fc.Arbitrary<Step> = fc.record(
  {
    type: fc.constant("drain" as const),
    accepts: fc.constantFrom(true, true, true, false),
    graceMs: fc.constantFrom(0, 10),
  },
  { requiredKeys: ["type", "accepts"] },
);
const stopAccepting: fc.Arbitrary<Step> = fc.record({ type: fc.constant("stop accepting" as const) });

const schedule = (limits: LimitArbitraries): fc.Arbitrary<Step[]> => {
  const step = fc.oneof(
    { arbitrary: load, weight: 200 },
    { arbitrary: urgentLoad, weight: 40 },
    { arbitrary: leave, weight: 24 },
    { arbitrary: desert, weight: 10 },
    { arbitrary: advance, weight: 70 },
    { arbitrary: end, weight: 80 },
    { arbitrary: configure(limits), weight: 14 },
    { arbitrary: configureBadly, weight: 2 },
    { arbitrary: clear, weight: 10 },
    { arbitrary: drain, weight: 1 },
    { arbitrary: stopAccepting, weight: 2 },
  );
  return fc.array(step, { minLength: 1, maxLength: 80, size: "max" });
};

const run = (limits: LimitArbitraries) => fc.tuple(settings(limits), schedule(limits));

/** Every promise holds in a schedule. @param proof counts what was looked at, and what happened. */
export function everyPromiseHolds(proof: Proof): fc.IAsyncProperty<[[Settings, Step[]]]> {
  return fc.asyncProperty(fc.oneof(run(tight), run(roomy)), async ([given, steps]) => {
    const watched = new WatchedBatcher(given, proof);
    for (const one of steps) await watched.act(one);
    await watched.finish();
  });
}

/** The shortest schedule that was found to break a promise, and how to run it again; undefined where none was. */
export interface Failure {
  readonly violation: unknown;
  readonly report: string;
}

export function failureOf(details: fc.RunDetails<[[Settings, Step[]]]>): Failure | undefined {
  if (!details.failed) return undefined;
  const { seed, counterexamplePath, counterexample, errorInstance, numRuns } = details;
  const [[given, steps] = []] = counterexample ?? [];
  const lines = [
    errorInstance instanceof Violation ? errorInstance.message : String((errorInstance as Error)?.stack),
    `after ${numRuns} schedules, with seed ${seed} and path ${JSON.stringify(counterexamplePath)}`,
    `settings: ${fc.stringify(given)}`,
    ...(steps ?? []).map((one) => `  ${fc.stringify(one)}`),
  ];
  return { violation: errorInstance, report: lines.join("\n") };
}
