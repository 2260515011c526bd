// What the turns of a load say together: medians over the rounds, and ratios of what was measured in the same round.

import { intervalOfMedian, median, medianRatio } from "../statistics.ts";
import type { ContenderName } from "./contenders.ts";
import { CONTENDER_NAMES } from "./contenders.ts";
import type { HalfTurn, LoadResults, Turn } from "./results.ts";

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
  readonly half: HalfSummary | undefined;
}

export interface HalfSummary {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly batchSize: number;
}

export function figureOf(numbers: readonly number[]): Figure {
  const [low, high] = intervalOfMedian(numbers);
  return { median: median(numbers), low, high };
}

/** Of all who took part, in the order of the contenders. */
export function summarize(results: LoadResults): readonly Summary[] {
  return CONTENDER_NAMES.flatMap((name) => {
    const turns = results[name];
    return turns === undefined ? [] : [summaryOf(name, turns, results)];
  });
}

/** How many times the CPU of another a contender takes, round by round; undefined where one of them took no part. */
export function cpuRatio(
  results: LoadResults,
  name: ContenderName,
  other: ContenderName,
): number | undefined {
  const [turns, others] = [results[name], results[other]];
  if (turns === undefined || others === undefined) return undefined;
  const cpu = (of: readonly Turn[]): number[] => of.map(({ cpuMicroseconds }) => cpuMicroseconds);
  return medianRatio(cpu(turns), cpu(others));
}

function summaryOf(name: ContenderName, turns: readonly Turn[], results: LoadResults): Summary {
  const all = (pick: (turn: Turn) => number): number[] => turns.map(pick);
  return {
    name,
    requestsPerSecond: figureOf(all((turn) => turn.requestsPerSecond)),
    cpuMicroseconds: figureOf(all((turn) => turn.cpuMicroseconds)),
    cpuAgainstBare: cpuRatio(results, name, "bare"),
    cpuAgainstJitney: cpuRatio(results, name, "jitney"),
    p50Ms: median(all((turn) => turn.p50Ms)),
    p99Ms: median(all((turn) => turn.p99Ms)),
    batchSize: median(all((turn) => turn.batchSize)),
    rssMiB: median(all((turn) => turn.rssMiB)),
    heapMiB: median(all((turn) => turn.heapMiB)),
    clientCpuMicroseconds: median(all((turn) => turn.clientCpuMicroseconds)),
    half: halfOf(turns.flatMap(({ half }) => (half === undefined ? [] : [half]))),
  };
}

function halfOf(turns: readonly HalfTurn[]): HalfSummary | undefined {
  if (turns.length === 0) return undefined;
  const of = (name: keyof HalfTurn): number => median(turns.map((turn) => turn[name]));
  return {
    requestsPerSecond: of("requestsPerSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    batchSize: of("batchSize"),
  };
}
