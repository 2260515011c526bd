// What a run of the suite gives: written as JSON, read by bench/report.ts.

import type { ContenderName } from "./contenders.ts";
import type { LoadName } from "./loads.ts";

export interface Results {
  /** The day of the run, `2026-01-31`. */
  readonly date: string;
  readonly command: string;
  /** Where it is too short to be a measurement. */
  readonly isQuick: boolean;
  readonly machine: Machine;
  /** Of node, and of each contender's packages, by contender. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Who was left out, and why. */
  readonly leftOut: readonly string[];
  readonly loads: Partial<Readonly<Record<LoadName, LoadResults>>>;
  readonly scale?: ScaleResults;
  readonly delays?: readonly DelayResults[];
  readonly held?: HeldResults;
  readonly heart?: readonly HeartResult[];
}

export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
}

/** By contender. */
export type LoadResults = Partial<Readonly<Record<ContenderName, ContenderResults>>>;

export interface ContenderResults {
  /** At full load. */
  readonly full: Columns<Turn>;
  /** After each of those turns one at half of its rate; only where the load has such. */
  readonly half?: Columns<HalfTurn>;
}

/** Each number of one round, in the order of the rounds. */
export type Columns<Row> = { readonly [Name in keyof Row]: readonly number[] };

/** One turn, as means of its requests. */
export interface HalfTurn {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the server's process, per request. */
  readonly cpuMicroseconds: number;
  /** Keys per call of the back-end. */
  readonly batchSize: number;
}

export interface Turn extends HalfTurn {
  /** The client's, per request. */
  readonly clientCpuMicroseconds: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
}

/** By contender and number of connections: the CPU of a request in each round, in microseconds. */
export type ScaleResults = Readonly<Record<string, readonly ScalePoint[]>>;

export interface ScalePoint {
  readonly connections: number;
  readonly cpuMicroseconds: readonly number[];
}

/** How exactly batches left at one rate; each number of one round. */
export interface DelayResults {
  readonly title: string;
  readonly requestsPerSecond: readonly number[];
  /** How late a batch was that left because it was due. */
  readonly lateP50Ms: readonly number[];
  readonly lateP99Ms: readonly number[];
  /** How long the oldest key of a batch waited over `maxDelayMs`, whatever made the batch leave. */
  readonly overP99Ms: readonly number[];
  /** From a batch's being full to its start. */
  readonly afterFullP50Ms: readonly number[];
  readonly afterFullP99Ms: readonly number[];
  /** Which part of the batches left full. */
  readonly fullPart: readonly number[];
}

export interface HeldResults {
  readonly requests: number;
  readonly servers: readonly HeldServer[];
}

export interface HeldServer {
  readonly server: string;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Of the whole process while it held them all. */
  readonly totalRssBytes: number;
  readonly cpuMicroseconds: number;
}

export interface HeartResult {
  readonly contender: string;
  readonly cpuMicroseconds: number;
  readonly bytesPerWaitingKey: number;
}
