// The package that metrics stand on, and nothing else: it is optional.

import { isPackageInstalled, requirePackage } from "../optional-packages.ts";

export type PromClient = typeof import("prom-client");

export function isPromClientInstalled(): boolean {
  return isPackageInstalled("prom-client");
}

export function loadPromClient(): PromClient {
  return requirePackage("prom-client", "metrics need prom-client: npm i prom-client@15");
}
