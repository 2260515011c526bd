// Runs the random schedules against a heart with one deliberate break, in a process of its own: a break may make an
// endless loop. `node break-runner.ts <index of the break, or "none"> <seed> <schedules>` prints one line of JSON.
// Nothing is copied or written: the text is changed on its way from the file into Node.

import { registerHooks } from "node:module";
import { BREAKS } from "./deliberate-breaks.ts";

/** What the process prints. */
export interface BreakReport {
  /** `broken`: a promise did not hold; `held`: all did; `crashed`: the schedules did not get so far. */
  readonly outcome: "broken" | "held" | "crashed";
  readonly what: string;
}

const heart = new URL("../../src/batching/", import.meta.url);
const [index, seed, schedules] = process.argv.slice(2);
const chosen = BREAKS[Number(index)];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = chosen === undefined ? [] : [chosen, ...(chosen.also ?? [])];
    const here = edits.filter(({ file }) => new URL(file, heart).href === url);
    if (here.length === 0) return loaded;
    let source = String(loaded.source instanceof Uint8Array ? Buffer.from(loaded.source) : loaded.source);
    for (const { text, replacement } of here) source = source.replace(text, () => replacement);
    return { ...loaded, source };
  },
});

function report(given: BreakReport): void {
  console.log(JSON.stringify(given));
}

/** What is thrown where nobody catches it. */
function crash(error: unknown): void {
  report({ outcome: "crashed", what: String(error) });
  process.exit();
}

process.on("uncaughtException", crash);
process.on("unhandledRejection", crash);

// Only now, so that they get the changed text.
const fc = await import("fast-check");
const { everyPromiseHolds } = await import("./random-schedules.ts");
const { Proof, Violation } = await import("./watched-proof.ts");

const details = await fc.check(everyPromiseHolds(new Proof()), {
  seed: Number(seed),
  numRuns: Number(schedules),
  endOnFailure: true,
});
const { failed, errorInstance } = details;
if (!failed) report({ outcome: "held", what: `${details.numRuns} schedules` });
else if (errorInstance instanceof Violation) report({ outcome: "broken", what: errorInstance.message });
else crash(errorInstance);
