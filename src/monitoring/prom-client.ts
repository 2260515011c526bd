// The package that metrics stand on, and nothing else: it is optional.

import { createRequire } from "node:module";

export type PromClient = typeof import("prom-client");

const require = createRequire(import.meta.url);

export function isPromClientInstalled(): boolean {
  try {
    require.resolve("prom-client");
    return true;
  } catch {
    return false;
  }
}

/** Here and not by an import, whose failure would be many lines that do not say what to do. */
export function loadPromClient(): PromClient {
  try {
    return require("prom-client");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (!isMissing) throw error;
    throw new Error("metrics need prom-client: npm i prom-client@15", { cause: error });
  }
}
