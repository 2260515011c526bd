// The parts of docs/performance.md that a run gives: all that has a number of it. The words around them are the page's.

import { aimsTable } from "./aims.ts";
import { LOAD_NAMES, LOADS } from "./loads.ts";
import { fileOf } from "./pictures.ts";
import type { Results } from "./results.ts";
import {
  capitalized,
  delaysTable,
  heartTable,
  heldTable,
  loadTables,
  scaleTable,
  versionsTable,
} from "./tables.ts";

/** By name; what the run did not measure is said so. */
export function partsOf(results: Results): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const name of LOAD_NAMES) {
    const load = results.loads[name];
    const picture = `![${capitalized(LOADS[name].title)}](${fileOf(name)})`;
    parts.set(name, load === undefined ? NOT_MEASURED : [picture, ...loadTables(name, load)].join("\n\n"));
  }
  const scale = scaleTable(results);
  return parts
    .set("run", runOf(results))
    .set("aims", aimsTable(results))
    .set("scale", scale === undefined ? NOT_MEASURED : `![CPU per request](${fileOf("scale")})\n\n${scale}`)
    .set("delays", delaysTable(results) ?? NOT_MEASURED)
    .set("held", heldTable(results) ?? NOT_MEASURED)
    .set("heart", heartTable(results) ?? NOT_MEASURED)
    .set("versions", versionsTable(results));
}

const NOT_MEASURED = "Not measured in this run.";

function runOf({ command, date, machine, rounds, seconds, connections, leftOut }: Results): string {
  const { cores, memoryGiB, platform } = machine;
  return [
    `\`${command}\` on ${date}: ${rounds} alternating rounds with turns of ${seconds} s, ${connections} keep-alive ` +
      `connections, on a machine of ${cores} cores and ${memoryGiB} GiB (${platform}).`,
    ...leftOut,
  ].join("\n\n");
}

/**
 * Puts the parts into a page, between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @throws where the page has no place for a part.
 */
export function fill(page: string, parts: ReadonlyMap<string, string>): string {
  let filled = page;
  for (const [name, part] of parts) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the page has no ${begin} before a ${end}`);
    filled = `${filled.slice(0, from + begin.length)}\n\n${part}\n\n${filled.slice(to)}`;
  }
  return filled;
}
