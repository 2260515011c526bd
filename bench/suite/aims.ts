// What Jitney aims at, and what a run has shown of it.

import { median } from "../statistics.ts";
import { PEERS } from "./contenders.ts";
import { short, table } from "./markdown.ts";
import type { DelayResults, Results } from "./results.ts";
import { cpuRatio } from "./summary.ts";

/** One aim; `figure` is undefined where the run did not measure it. */
interface Aim {
  readonly what: string;
  readonly figure: number | undefined;
  readonly unit: string;
  /** At most so much, or at least. */
  readonly bound: readonly ["≤" | "≥", number];
}

const MIB = 2 ** 20;

export function aimsTable(results: Results): string {
  return table(
    ["aim", "wanted", "measured", "held"],
    aimsOf(results).flatMap(({ what, figure, unit, bound: [sign, limit] }) => {
      if (figure === undefined || Number.isNaN(figure)) return [];
      const isHeld = sign === "≤" ? figure <= limit : figure >= limit;
      return [[what, `${sign} ${limit}${unit}`, `${short(figure)}${unit}`, isHeld ? "yes" : "no"]];
    }),
  );
}

export function aimsOf(results: Results): readonly Aim[] {
  const { variables = {}, literals = {} } = results.loads;
  const peers = PEERS.flatMap((name) => cpuRatio(literals, name, "jitney") ?? []);
  const heart = results.heart?.find(({ contender }) => contender === "jitney, everything on");
  const held = results.held?.servers.find(({ server }) => server.startsWith("jitney"));
  const heldMiB = held && ((results.held?.requests ?? 0) * held.rssBytes) / MIB;
  return [
    aim("variables: CPU against bare node:http", cpuRatio(variables, "jitney", "bare"), "≤", 1.4, " ×"),
    aim("variables: CPU against Yoga's as it comes", cpuRatio(variables, "jitney", "yoga"), "≤", 0.25, " ×"),
    aim("literals: CPU against bare node:http", cpuRatio(literals, "jitney", "bare"), "≤", 1.5, " ×"),
    aim("literals: CPU of the nearest peer against Jitney's", least(peers), "≥", 6, " ×"),
    aim("half load: oldest key over `maxDelayMs`, p99", delay(results, "half", "overP99Ms"), "≤", 1.5, " ms"),
    aim("light load: a due batch's lateness, p99", delay(results, "light", "lateP99Ms"), "≤", 1.5, " ms"),
    aim("full load: from full to its start, p99", delay(results, "full", "afterFullP99Ms"), "≤", 0.2, " ms"),
    aim("the heart, everything on: CPU of a load", heart?.cpuMicroseconds, "≤", 1, " µs"),
    aim("requests that wait: RSS of them all", heldMiB, "≤", 300, " MiB"),
    aim("requests that wait: RSS of the process", held && held.totalRssBytes / MIB, "≤", 300, " MiB"),
    aim("10,000 requests at once: CPU of each against 100", growth(results), "≤", 1.5, " ×"),
  ];
}

function aim(what: string, figure: number | undefined, sign: "≤" | "≥", limit: number, unit: string): Aim {
  return { what, figure, unit, bound: [sign, limit] };
}

/** Of the CPU of a request, where there are a hundred times as many. */
function growth({ scale }: Results): number | undefined {
  const cpu = (wanted: number): readonly number[] =>
    scale?.jitney?.find(({ connections }) => connections === wanted)?.cpuMicroseconds ?? [];
  return median(cpu(10_000)) / median(cpu(100));
}

function least(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

type DelayNumbers = Exclude<keyof DelayResults, "title">;

function delay({ delays }: Results, load: string, name: DelayNumbers): number | undefined {
  const row = delays?.find(({ title }) => title.startsWith(load));
  return row && median(row[name]);
}
