// The version of Jitney, as its package.json has it: that is beside src and dist alike.

import { readFileSync } from "node:fs";

/** "unknown" in a bundle, where no package.json, or that of another package, is at its place: no reason not to start. */
export const VERSION = readVersion();

function readVersion(): string {
  try {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
    const { name, version }: { readonly name?: unknown; readonly version?: unknown } = JSON.parse(text);
    if (name === "jitney" && typeof version === "string") return version;
  } catch {}
  return "unknown";
}
