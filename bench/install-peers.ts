// Installs what the benchmarks compare Jitney with into bench/node_modules, where it is missing or not that of the lock
// file: so it never reaches users, nor who only wants to run the tests.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BENCH = fileURLToPath(new URL(".", import.meta.url));

/** Version by path, as npm's lock files have them; undefined where there is none. */
function packagesIn(lockFile: string): Map<string, string | undefined> | undefined {
  try {
    const lock: { packages: Record<string, { version?: string }> } = JSON.parse(
      readFileSync(new URL(lockFile, import.meta.url), "utf8"),
    );
    return new Map(Object.entries(lock.packages).map(([path, { version }]) => [path, version]));
  } catch {
    return undefined;
  }
}

/** npm leaves a lock file of what it has installed; optional packages of other platforms are not in it. */
function isInstalled(): boolean {
  const wanted = packagesIn("./package-lock.json");
  const installed = packagesIn("./node_modules/.package-lock.json");
  if (wanted === undefined || installed === undefined) return false;
  return [...installed].every(([path, version]) => wanted.get(path) === version);
}

if (!isInstalled()) {
  console.error("installing the peers (npm ci in bench/)");
  // Their install scripts are not needed: none of them builds anything.
  const { status, error } = spawnSync("npm", ["--prefix", BENCH, "ci", "--ignore-scripts"], {
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`the peers cannot be installed${error === undefined ? "" : `: ${error.message}`}`);
    process.exit(1);
  }
}
