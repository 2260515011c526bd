// What a command prints, where standard output cannot be written: a pipe that nobody reads any more, a disk that is full.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PRINTING = ["--help", "--version", "types", "types --help"];

/** Runs the command in a shell, which says its exit code on standard error. */
async function runIn(script: string, args: string): Promise<string> {
  const all = ["-c", script, process.execPath, "src/main.ts", ...args.split(" ")];
  return (await run("sh", all, { cwd: ROOT, timeout: 15_000 })).stderr;
}

test.each(PRINTING)("a reader that has read enough is no fault: %s", async (args) => {
  expect(await runIn('{ sleep 0.1; "$0" "$@"; echo "exit $?" >&2; } | true', args)).toBe("exit 0\n");
});

test.runIf(existsSync("/dev/full")).each(PRINTING)(
  "a disk that is full is told in one line: %s",
  async (args) => {
    expect(await runIn('"$0" "$@" > /dev/full; echo "exit $?" >&2', args)).toMatch(
      /^jitney: cannot write to standard output: ENOSPC[^\n]*\nexit 1\n$/,
    );
  },
);
