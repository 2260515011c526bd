// What a run of the suite is made into: medians, ratios of the same round, tables, aims, a page and pictures.

import { expect, test } from "vitest";
import { aimsOf } from "../../bench/suite/aims.ts";
import { short } from "../../bench/suite/markdown.ts";
import { fill } from "../../bench/suite/page.ts";
import { picturesOf } from "../../bench/suite/pictures.ts";
import type { ContenderResults, LoadResults, Results } from "../../bench/suite/results.ts";
import { summarize } from "../../bench/suite/summary.ts";
import { tablesOf } from "../../bench/suite/tables.ts";

/** The turns of one contender, of which only the CPU differs. */
function turnsOf(...cpuMicroseconds: readonly number[]): ContenderResults {
  const all = (number: number): number[] => cpuMicroseconds.map(() => number);
  return {
    full: {
      requestsPerSecond: all(1_000),
      p50Ms: all(1),
      p99Ms: all(2),
      cpuMicroseconds,
      clientCpuMicroseconds: all(20),
      batchSize: all(1),
      rssMiB: all(100),
      heapMiB: all(20),
    },
  };
}

/** The machine was slow in the second round, for all. */
const VARIABLES: LoadResults = {
  bare: turnsOf(10, 90, 11),
  jitney: turnsOf(13, 117, 20),
  yoga: turnsOf(52, 468, 110),
};

const RESULTS: Results = {
  date: "2026-01-31",
  command: "npm run bench",
  isQuick: false,
  machine: { cores: 2, memoryGiB: 8, platform: "linux on x64" },
  versions: { node: "v26.0.0", bare: "", jitney: "graphql 17.0.0" },
  rounds: 3,
  seconds: 1,
  connections: 64,
  leftOut: ["FastAPI: left out"],
  loads: { variables: VARIABLES },
  scale: {
    jitney: [
      { connections: 10, cpuMicroseconds: [30, 31, 32] },
      { connections: 10_000, cpuMicroseconds: [40, 41, 42] },
    ],
  },
};

test("each server's ratios are those of the same rounds", () => {
  const ofName = new Map(summarize(VARIABLES).map((summary) => [summary.name, summary]));
  expect(ofName.get("jitney")?.cpuAgainstBare).toBeCloseTo(1.3);
  expect(ofName.get("yoga")?.cpuAgainstJitney).toBeCloseTo(4);
  expect(ofName.get("bare")?.cpuAgainstBare).toBe(1);
});

test("without bare node:http nothing is compared with it", () => {
  const [jitney] = summarize({ jitney: turnsOf(1, 2, 3) });
  expect(jitney?.cpuAgainstBare).toBeUndefined();
});

test("a table has a row for each server, with its median and its ratios", () => {
  const text = tablesOf(RESULTS);
  expect(text).toContain("| Jitney | 20.0 | 1.30 | 1.00 | 1,000 | 1.00 | 2.00 | 1.00 | 100 | 20.0 |");
  expect(text).toContain("FastAPI: left out");
  expect(text).not.toContain("smoke run");
});

test("a smoke run says that it is none", () => {
  expect(tablesOf({ ...RESULTS, isQuick: true })).toContain("no measurement");
});

test("an aim says whether it was reached, and nothing where it was not measured", () => {
  const [against, , literals] = aimsOf(RESULTS);
  expect(against).toMatchObject({ bound: ["≤", 1.4] });
  expect(against?.figure).toBeCloseTo(1.3);
  expect(literals?.figure).toBeUndefined();
  const text = tablesOf(RESULTS);
  expect(text).toContain("| variables: CPU against bare node:http | ≤ 1.4 × | 1.30 × | yes |");
  expect(text).not.toContain("| literals");
});

test("an aim that was missed says so", () => {
  const missed = { ...RESULTS, loads: { variables: { ...VARIABLES, jitney: turnsOf(15, 135, 17) } } };
  expect(tablesOf(missed)).toContain("| ≤ 1.4 × | 1.50 × | no |");
});

test("numbers have three digits that say something", () => {
  expect([0.1234, 1.234, 12.34, 123.4, 12_345, 0].map(short)).toEqual([
    "0.12",
    "1.23",
    "12.3",
    "123",
    "12,345",
    "0",
  ]);
  expect(short(undefined)).toBe("");
});

test("a part of the page is put in its place, again and again", () => {
  const page = "a\n<!-- run -->\nold\n<!-- /run -->\nb\n";
  const parts = new Map([["run", "new"]]);
  const filled = fill(page, parts);
  expect(filled).toBe("a\n<!-- run -->\n\nnew\n\n<!-- /run -->\nb\n");
  expect(fill(filled, parts)).toBe(filled);
  expect(() => fill("a", parts)).toThrow("no <!-- run -->");
});

test("pictures are of their own: one for each load, and one for many requests at once", () => {
  const pictures = picturesOf(RESULTS);
  expect([...pictures.keys()]).toEqual(["performance-variables.svg", "performance-scale.svg"]);
  for (const picture of pictures.values()) {
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
    expect(picture).toContain("prefers-color-scheme: dark");
    expect(picture).not.toMatch(/NaN|undefined|href/);
  }
  expect(pictures.get("performance-variables.svg")).toContain("20.0 µs, 1.30 × bare");
});
