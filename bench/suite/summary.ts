// What the turns of a load say together: medians over the rounds, and ratios of what was measured in the same round.

import { intervalOfMedian, median, medianRatio } from "../statistics.ts";
import type { ContenderName } from "./contenders.ts";
import { CONTENDER_NAMES } from "./contenders.ts";
import type { Columns, ContenderResults, HalfTurn, LoadResults } from "./results.ts";

/** A median over the rounds, and between which two of its numbers it lies at 95%; no interval of fewer than eight. */
export interface Figure {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface Summary {
  readonly name: ContenderName;
  readonly requestsPerSecond: Figure;
  readonly cpuMicroseconds: Figure;
  /** Of its CPU per request against that of bare node:http; undefined where that took no part. */
  readonly cpuAgainstBare: number | undefined;
  /** Of its CPU per request against Jitney's. */
  readonly cpuAgainstJitney: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly batchSize: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly clientCpuMicroseconds: number;
  /** Medians of the turns at half load. */
  readonly half: HalfTurn | undefined;
}

function figureOf(numbers: readonly number[]): Figure {
  const [low, high] = intervalOfMedian(numbers);
  return { median: median(numbers), low, high };
}

/** Of all who took part, in the order of the contenders. */
export function summarize(results: LoadResults): readonly Summary[] {
  return CONTENDER_NAMES.flatMap((name) => {
    const own = results[name];
    return own === undefined ? [] : [summaryOf(name, own, results)];
  });
}

/** How many times the CPU of another a contender takes, round by round; undefined where one of them took no part. */
export function cpuRatio(
  results: LoadResults,
  name: ContenderName,
  other: ContenderName,
): number | undefined {
  const [own, others] = [results[name]?.full, results[other]?.full];
  if (own === undefined || others === undefined) return undefined;
  return medianRatio(own.cpuMicroseconds, others.cpuMicroseconds);
}

function summaryOf(name: ContenderName, { full, half }: ContenderResults, results: LoadResults): Summary {
  return {
    name,
    requestsPerSecond: figureOf(full.requestsPerSecond),
    cpuMicroseconds: figureOf(full.cpuMicroseconds),
    cpuAgainstBare: cpuRatio(results, name, "bare"),
    cpuAgainstJitney: cpuRatio(results, name, "jitney"),
    p50Ms: median(full.p50Ms),
    p99Ms: median(full.p99Ms),
    batchSize: median(full.batchSize),
    rssMiB: median(full.rssMiB),
    heapMiB: median(full.heapMiB),
    clientCpuMicroseconds: median(full.clientCpuMicroseconds),
    half: half && mediansOf(half),
  };
}

function mediansOf(half: Columns<HalfTurn>): HalfTurn {
  return {
    requestsPerSecond: median(half.requestsPerSecond),
    p50Ms: median(half.p50Ms),
    p99Ms: median(half.p99Ms),
    cpuMicroseconds: median(half.cpuMicroseconds),
    batchSize: median(half.batchSize),
  };
}
