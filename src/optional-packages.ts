// Packages that are optional for those who do not use what stands on them.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Of `import`, and of `require`. */
const MISSING_CODES: ReadonlySet<unknown> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** Whether what could not be loaded is not there; all else that keeps it from loading is no question of installing it. */
export function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && "code" in error && MISSING_CODES.has(error.code);
}

/**
 * Not by an import, whose failure would be many lines that do not say what to do.
 *
 * @throws Error with the message, where the package is missing.
 */
export function requirePackage<Module>(name: string, message: string): Module {
  try {
    return require(name);
  } catch (error) {
    throw isMissingPackage(error) ? new Error(message, { cause: error }) : error;
  }
}

export function isPackageInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
