// Finds the file of a module that a thread shall load, before a build and after it.

import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { OptionError } from "../batching/index.ts";

/**
 * The URL of the file that is there.
 *
 * @throws OptionError where there is none.
 */
export function moduleUrl(given: unknown): URL {
  const href = given instanceof URL ? given.href : given;
  const url = typeof href === "string" ? URL.parse(href) : null;
  if (url?.protocol !== "file:") {
    throw new OptionError("module", 'a file: URL, as new URL("./heavy.ts", import.meta.url) is', href);
  }
  const existing = existingModule(url);
  if (existing === undefined) throw new OptionError("module", "the file: URL of a module that exists", href);
  return existing;
}

/**
 * The file itself or, for TypeScript, the JavaScript that a build has put in its place: a compiler rewrites the
 * specifiers of imports, but not a URL. Under node_modules the JavaScript comes first, as Node strips no types there.
 */
function existingModule(url: URL): URL | undefined {
  const built = new URL(url);
  built.pathname = url.pathname.replace(/\.([cm]?)ts$/, ".$1js");
  const files = url.pathname.includes("/node_modules/") ? [built, url] : [url, built];
  return files.find(isFile);
}

function isFile(url: URL): boolean {
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch {
    return false; // Such as one with the name of a host.
  }
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
