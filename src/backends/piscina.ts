// The package that inThread() stands on, and nobody else: it is optional.

import { requirePackage } from "../optional-packages.ts";

export type PiscinaModule = typeof import("piscina");

export function loadPiscina(): PiscinaModule {
  return requirePackage("piscina", "inThread() needs piscina: npm i piscina@5");
}
