// The suite: Jitney beside its peers, each in a process of its own, in alternating turns, all answers checked. Writes
// bench/results/latest.json, and tables to standard output; report.ts makes docs/performance.md of it.

import { mkdirSync, writeFileSync } from "node:fs";
import { machine, versionsOf, whyLeftOut } from "./suite/environment.ts";
import { LoadClient, RefusedToReport } from "./suite/load-client.ts";
import { measureDelays } from "./suite/measure-delays.ts";
import { measureLoad } from "./suite/measure-load.ts";
import { measureHeart, measureHeld } from "./suite/measure-others.ts";
import { measureScale } from "./suite/measure-scale.ts";
import { readOptions, type SuiteOptions, USAGE, UsageError } from "./suite/options.ts";
import type { LoadResults, Results } from "./suite/results.ts";
import { tablesOf } from "./suite/tables.ts";

const FOLDER = new URL("./results/", import.meta.url);

// As in production, for all of them; and whoever ends this process ends those that it has started.
process.env.NODE_ENV = "production";
process.setMaxListeners(50);
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

try {
  const given = readOptions(process.argv.slice(2));
  const reasons = given.contenders.map((name) => whyLeftOut(name));
  const options = {
    ...given,
    contenders: given.contenders.filter((_, index) => reasons[index] === undefined),
  };
  const leftOut = reasons.filter((reason) => reason !== undefined);
  for (const reason of leftOut) say(reason);
  const results = await measureAll(options, leftOut);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL("latest.json", FOLDER), asText(results));
  console.log(tablesOf(results));
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  if (error instanceof RefusedToReport) console.error(`no report: ${error.message}`);
  else console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function measureAll(options: SuiteOptions, leftOut: readonly string[]): Promise<Results> {
  if (options.isQuick) say("a smoke run: its figures are no measurement");
  await using client = new LoadClient();
  const loads: Record<string, LoadResults> = {};
  for (const load of options.loads) loads[load] = await measureLoad(load, client, options, say);
  const isAsked = (extra: SuiteOptions["extras"][number]): boolean => options.extras.includes(extra);
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(
      " ",
    ),
    isQuick: options.isQuick,
    machine: machine(),
    versions: versionsOf(options.contenders),
    rounds: options.rounds,
    seconds: options.seconds,
    connections: options.connections,
    leftOut,
    loads,
    ...(isAsked("scale") ? { scale: await measureScale(client, options, say) } : {}),
    ...(isAsked("delays") ? { delays: await measureDelays(client, options, say) } : {}),
    ...(isAsked("held") ? { held: await measureHeld(options, say) } : {}),
    ...(isAsked("heart") ? { heart: await measureHeart(options, say) } : {}),
  };
}

/** Numbers of one kind on one line, so that two runs can be compared by eye. */
function asText(results: Results): string {
  const inOneLine = /\{[^{}[\]]*(?:\{[^{}[\]]*\}[^{}[\]]*)?\}|\[[^{}[\]]*\]/g;
  return `${JSON.stringify(results, undefined, 1).replaceAll(inOneLine, (part) => part.replaceAll(/\s*\n\s*/g, " "))}\n`;
}

function say(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
}
