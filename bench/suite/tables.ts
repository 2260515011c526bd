// The results of a run as tables in Markdown: what the suite prints, and what docs/performance.md has.

import { median } from "../statistics.ts";
import { aimsTable } from "./aims.ts";
import { CONTENDERS, type ContenderName } from "./contenders.ts";
import { LOADS, type LoadName } from "./loads.ts";
import { short, table, withInterval } from "./markdown.ts";
import type { LoadResults, Results } from "./results.ts";
import { summarize } from "./summary.ts";

const MIB = 2 ** 20;

/** Each with a heading. */
export function tablesOf(results: Results): string {
  const { loads, isQuick, leftOut } = results;
  const parts = [
    isQuick ? "**A smoke run: these figures are no measurement.**" : "",
    ...leftOut,
    ...Object.entries(loads).flatMap(([name, each]) => {
      const load = name as LoadName; // The keys of `loads` are just those.
      return [`### ${capitalized(LOADS[load].title)}`, ...loadTables(load, each)];
    }),
    ...otherParts(results),
    "### Aims",
    aimsTable(results),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A table of a load, and one at half of it. */
export function loadTables(name: LoadName, results: LoadResults): readonly string[] {
  if (!LOADS[name].hasHalfLoad) return [fullTable(results)];
  return [fullTable(results), "At half of each server's own rate:", halfTable(results)];
}

function fullTable(results: LoadResults): string {
  return table(
    [
      "server",
      "CPU per request, µs",
      "× bare",
      "× Jitney",
      "requests per second",
      "p50, ms",
      "p99, ms",
      "keys per call",
      "RSS, MiB",
      "heap, MiB",
    ],
    summarize(results).map((each) => [
      CONTENDERS[each.name].title,
      withInterval(each.cpuMicroseconds),
      short(each.cpuAgainstBare),
      short(each.cpuAgainstJitney),
      short(each.requestsPerSecond.median),
      short(each.p50Ms),
      short(each.p99Ms),
      short(each.batchSize),
      short(each.rssMiB),
      // Python has no such figure.
      each.heapMiB === 0 ? "" : short(each.heapMiB),
    ]),
  );
}

function halfTable(results: LoadResults): string {
  return table(
    ["server", "requests per second", "p50, ms", "p99, ms", "CPU per request, µs", "keys per call"],
    summarize(results).flatMap(({ name, half }) =>
      half === undefined
        ? []
        : [
            [
              CONTENDERS[name].title,
              ...[half.requestsPerSecond, half.p50Ms, half.p99Ms, half.cpuMicroseconds, half.batchSize].map(
                short,
              ),
            ],
          ],
    ),
  );
}

function otherParts(results: Results): readonly string[] {
  const parts: readonly (readonly [heading: string, text: string | undefined])[] = [
    ["### How exactly batches leave", delaysTable(results)],
    ["### More and more requests at once", scaleTable(results)],
    ["### Requests that wait", heldTable(results)],
    ["### The heart alone", heartTable(results)],
  ];
  return parts.flatMap(([heading, text]) => (text === undefined ? [] : [heading, text]));
}

export function delaysTable({ delays }: Results): string | undefined {
  return (
    delays &&
    table(
      [
        "load",
        "requests per second",
        "batches that left full",
        "due, and left late by, p50, ms",
        "p99, ms",
        "oldest key over `maxDelayMs`, p99, ms",
        "full, and left after, p50, ms",
        "p99, ms",
      ],
      delays.map((row) => [
        row.title,
        short(median(row.requestsPerSecond)),
        `${short(100 * median(row.fullPart))}%`,
        ...[row.lateP50Ms, row.lateP99Ms, row.overP99Ms, row.afterFullP50Ms, row.afterFullP99Ms].map((each) =>
          short(median(each)),
        ),
      ]),
    )
  );
}

export function scaleTable({ scale }: Results): string | undefined {
  if (scale === undefined) return undefined;
  const counts = Object.values(scale)[0]?.map(({ connections }) => connections) ?? [];
  return table(
    ["CPU per request, µs", ...counts.map((count) => `${count.toLocaleString("en-US")} requests`)],
    Object.entries(scale).map(([name, points]) => [
      titleOf(name),
      ...points.map(({ cpuMicroseconds }) => short(median(cpuMicroseconds))),
    ]),
  );
}

export function heldTable({ held }: Results): string | undefined {
  return (
    held &&
    table(
      [
        `${held.requests.toLocaleString("en-US")} requests`,
        "heap per request, KiB",
        "RSS per request, KiB",
        "RSS of them all, MiB",
        "RSS of the process, MiB",
      ],
      held.servers.map(({ server, heapBytes, rssBytes, totalRssBytes }) => [
        server,
        short(heapBytes / 1024),
        short(rssBytes / 1024),
        short((rssBytes * held.requests) / MIB),
        short(totalRssBytes / MIB),
      ]),
    )
  );
}

export function heartTable({ heart }: Results): string | undefined {
  const bare = heart?.[0]?.cpuMicroseconds ?? Number.NaN;
  return (
    heart &&
    table(
      ["batcher", "CPU per load, µs", "× bare dataloader", "bytes per waiting key"],
      heart.map(({ contender, cpuMicroseconds, bytesPerWaitingKey }) => [
        contender,
        short(cpuMicroseconds),
        short(cpuMicroseconds / bare),
        short(bytesPerWaitingKey),
      ]),
    )
  );
}

export function capitalized(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Who took part, and of which versions. */
export function versionsTable({ versions }: Results): string {
  const { node = "", ...others } = versions;
  return table(
    ["server", "versions"],
    [["all", `node ${node}`], ...Object.entries(others).map(([name, text]) => [titleOf(name), text])],
  ).replace("--:", "---");
}

function titleOf(name: string): string {
  return name in CONTENDERS ? CONTENDERS[name as ContenderName].title : name; // Just checked.
}
