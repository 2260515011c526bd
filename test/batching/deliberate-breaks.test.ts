// Are the random schedules worth anything? Each of these tests breaks the heart in one place, and expects them to
// notice. A change of the heart's text makes the test fail that says which break has to be written anew.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { BreakReport } from "../support/break-runner.ts";
import { BREAKS } from "../support/deliberate-breaks.ts";

const SEED = 1;
/** Most breaks are noticed within fifty. */
const SCHEDULES = 5_000;
/** A break can make an endless loop. */
const LIMIT_MS = 20_000;
const LIMIT_OF_ALL_MS = 180_000;
/** How many processes run at once. */
const PROCESSES = 2;

const runner = fileURLToPath(new URL("../support/break-runner.ts", import.meta.url));
const waiting: (() => void)[] = [];
let free = PROCESSES;

async function run(index: number | "none", limitMs: number): Promise<BreakReport> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else free -= 1;
  try {
    return await runNow(index, limitMs);
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

/** Never rejects: the tests ask for it later. */
function runNow(index: number | "none", limitMs: number): Promise<BreakReport> {
  return new Promise((resolve) => {
    const args = ["--max-old-space-size=512", runner, String(index), String(SEED), String(SCHEDULES)];
    execFile(process.execPath, args, { timeout: limitMs, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      if (error?.killed)
        resolve({ outcome: "broken", what: `nothing ends: it was ended after ${limitMs} ms` });
      else if (stdout === "") resolve({ outcome: "crashed", what: stderr });
      else resolve(JSON.parse(stdout) as BreakReport);
    });
  });
}

describe("random schedules notice", { timeout: LIMIT_OF_ALL_MS }, () => {
  // All at once, two at a time; each test waits for its own.
  const unbroken = run("none", LIMIT_OF_ALL_MS);
  const reports = BREAKS.map((_, index) => run(index, LIMIT_MS));

  test("nothing, as long as nothing is broken", async () => {
    expect(await unbroken).toEqual({ outcome: "held", what: `${SCHEDULES} schedules` });
  });

  test.for(BREAKS.map((one, index) => ({ ...one, index })))("that $name", async ({ index }, { annotate }) => {
    const report = await reports[index];
    expect(report?.outcome, report?.what).toBe("broken");
    await annotate(report?.what ?? "");
  });
});

describe("the text that is broken is there once:", () => {
  test.for([...BREAKS])("$name", ({ file, text, replacement, also = [] }) => {
    for (const edit of [{ file, text, replacement }, ...also]) {
      const source = readFileSync(new URL(`../../src/batching/${edit.file}`, import.meta.url), "utf8");
      expect(source.split(edit.text).length - 1, `times that ${edit.file} has ${edit.text}`).toBe(1);
    }
  });
});
