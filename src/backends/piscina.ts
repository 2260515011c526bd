// The package that inThread() stands on, and nobody else: it is optional.

import { createRequire } from "node:module";

export type PiscinaModule = typeof import("piscina");

/** Here and not by an import, whose failure would be many lines that do not say what to do. */
export function loadPiscina(): PiscinaModule {
  try {
    return createRequire(import.meta.url)("piscina");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (!isMissing) throw error;
    throw new Error("inThread() needs piscina: npm i piscina@5", { cause: error });
  }
}
