// The pictures of a run, by the names of their files.

import { median } from "../statistics.ts";
import { type Bar, barChart } from "./bar-chart.ts";
import { CONTENDERS, type ContenderName } from "./contenders.ts";
import { lineChart } from "./line-chart.ts";
import { LOADS, type LoadName } from "./loads.ts";
import { short } from "./markdown.ts";
import type { LoadResults, Results, ScaleResults } from "./results.ts";
import { type Summary, summarize } from "./summary.ts";
import { capitalized } from "./tables.ts";

export function fileOf(name: LoadName | "scale"): string {
  return `performance-${name}.svg`;
}

export function picturesOf({ loads, scale, connections }: Results): ReadonlyMap<string, string> {
  const pictures = new Map<string, string>();
  for (const [name, results] of Object.entries(loads)) {
    const load = name as LoadName; // The keys of `loads` are just those.
    pictures.set(
      fileOf(load),
      LOADS[load].callMs > 0 ? ratePicture(load, results, connections) : cpuPicture(load, results),
    );
  }
  if (scale !== undefined) pictures.set(fileOf("scale"), scalePicture(scale));
  return pictures;
}

function cpuPicture(load: LoadName, results: LoadResults): string {
  const bars = summarize(results).map((summary): Bar => {
    const { cpuMicroseconds, cpuAgainstBare } = summary;
    const against = cpuAgainstBare === undefined ? "" : `, ${short(cpuAgainstBare)} × bare`;
    return bar(summary, cpuMicroseconds.median, `${short(cpuMicroseconds.median)} µs${against}`);
  });
  const subtitle = "CPU of the server per request; shorter is better";
  return barChart(
    capitalized(LOADS[load].title),
    subtitle,
    inOrder(bars, (a, b) => a - b),
  );
}

function ratePicture(load: LoadName, results: LoadResults, connections: number): string {
  const bars = summarize(results).map((summary): Bar => {
    const { requestsPerSecond, p50Ms } = summary;
    const note = `${short(requestsPerSecond.median)} per second, p50 ${short(p50Ms)} ms`;
    return bar(summary, requestsPerSecond.median, note);
  });
  const subtitle = `Requests per second from ${connections} connections; longer is better`;
  return barChart(
    capitalized(LOADS[load].title),
    subtitle,
    inOrder(bars, (a, b) => b - a),
  );
}

function bar({ name }: Summary, value: number, note: string): Bar {
  const kind = name === "jitney" ? "ours" : name === "bare" ? "reference" : "bar";
  return { label: CONTENDERS[name].title, value, note, kind };
}

function inOrder(bars: readonly Bar[], compare: (a: number, b: number) => number): readonly Bar[] {
  return bars.toSorted((one, other) => compare(one.value, other.value));
}

function scalePicture(scale: ScaleResults): string {
  return lineChart(
    "More and more requests at once",
    "CPU of the server per request, in µs; where that is flat, the CPU of all grows in proportion to them",
    "requests at once",
    Object.entries(scale).map(([name, points]) => ({
      label: CONTENDERS[name as ContenderName].title, // The keys of `scale` are just those.
      points: points.map(({ connections, cpuMicroseconds }) => ({
        x: connections,
        y: median(cpuMicroseconds),
      })),
      isOurs: name === "jitney",
    })),
  );
}
