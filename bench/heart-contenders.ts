// What heart.ts compares: the batcher, with more and more of what it can do, and what others batch with. Each computes the
// same, in batches of the same size.

import { create, windowedFiniteBatchScheduler } from "@yornaath/batshit";
import DataLoader from "dataloader";
import { Effect, Request, RequestResolver } from "effect";
import { type BatcherOptions, createBatcher, type LoadOptions } from "../src/index.ts";

export const BATCH_SIZE = 32;
export const WAITING_KEYS = 100_000;

const MAX_DELAY_MS = 5;
const HOUR_MS = 3_600_000;

export interface Contender {
  readonly name: string;
  /** A load, as a batch of `BATCH_SIZE` serves it. */
  readonly load: (key: number) => Promise<number>;
  /** A load that waits until the end of the program. */
  readonly wait: (key: number) => Promise<number>;
}

const double = (keys: readonly number[]): number[] => keys.map((key) => key * 2);
const doubleAsync = async (keys: readonly number[]): Promise<number[]> => double(keys);

function bareDataLoader(): Contender {
  // By default it leaves at the end of the turn of the event loop: with no timer, limit, signal or count at all.
  const loader = new DataLoader(doubleAsync, { cache: false, maxBatchSize: BATCH_SIZE });
  const holder = new DataLoader(doubleAsync, { cache: false, batchScheduleFn: () => {} });
  return { name: "dataloader", load: (key) => loader.load(key), wait: (key) => holder.load(key) };
}

function batshit(): Contender {
  const fetcher = async (keys: number[]): Promise<Map<number, number>> =>
    new Map(keys.map((key) => [key, key * 2]));
  const resolver = (found: Map<number, number>, key: number): number => found.get(key) ?? Number.NaN;
  const scheduler = windowedFiniteBatchScheduler({ windowMs: MAX_DELAY_MS, maxBatchSize: BATCH_SIZE });
  const batcher = create({ fetcher, resolver, scheduler });
  const holder = create({ fetcher, resolver, scheduler: () => "never" });
  return {
    name: "@yornaath/batshit",
    load: (key) => batcher.fetch(key),
    wait: (key) => holder.fetch(key),
  };
}

interface GetDouble extends Request.Request<number> {
  readonly _tag: "GetDouble";
  readonly value: number;
}

function effectResolver(): Contender {
  const GetDouble = Request.tagged<GetDouble>("GetDouble");
  const doubles = RequestResolver.fromFunctionBatched<GetDouble>((entries) =>
    entries.map(({ request }) => request.value * 2),
  );
  const resolver = RequestResolver.batchN(RequestResolver.setDelay(doubles, MAX_DELAY_MS), BATCH_SIZE);
  const holder = RequestResolver.setDelay(doubles, HOUR_MS);
  const load =
    (by: RequestResolver.RequestResolver<GetDouble>) =>
    (value: number): Promise<number> =>
      Effect.runPromise(Effect.request(GetDouble({ value }), by));
  return { name: "effect's RequestResolver", load: load(resolver), wait: load(holder) };
}

function jitney(
  name: string,
  options: BatcherOptions<number> = {},
  loadOptions: () => LoadOptions | undefined = () => undefined,
): Contender {
  const batcher = createBatcher(doubleAsync, {
    maxBatchSize: BATCH_SIZE,
    maxDelayMs: MAX_DELAY_MS,
    ...options,
  });
  const holder = createBatcher(doubleAsync, {
    ...options,
    maxBatchSize: 2 * WAITING_KEYS,
    maxBatchWeight: Infinity,
    maxQueueSize: 2 * WAITING_KEYS,
    maxDelayMs: HOUR_MS,
    timeoutMs: 2 * HOUR_MS,
  });
  return {
    name,
    load: (key) => batcher.load(key, loadOptions()),
    wait: (key) => holder.load(key, loadOptions()),
  };
}

/** Keys that are shared and weighed, of a partition, in batches that would be isolated, each with a shorter delay. */
const EVERYTHING: BatcherOptions<number> = {
  shareEqualKeys: true,
  weigh: (key) => 1 + (key % 2),
  maxBatchWeight: 3 * BATCH_SIZE,
  isolateFailures: true,
};
const ASKED = { partition: "tenant", maxDelayMs: 4 };

/** The first is what the others are compared with. */
export function newContenders(): readonly Contender[] {
  return [
    bareDataLoader(),
    jitney("jitney"),
    jitney("jitney, equal keys shared", { shareEqualKeys: true }),
    jitney("jitney, everything on", EVERYTHING, () => ASKED),
    jitney(
      "that, and a cache that never hits",
      { ...EVERYTHING, cache: { maxEntries: 10_000, ttlMs: 60_000 } },
      () => ASKED,
    ),
    jitney("that without cache, each load with a signal", EVERYTHING, () => ({
      ...ASKED,
      signal: new AbortController().signal,
    })),
    batshit(),
    effectResolver(),
  ];
}
