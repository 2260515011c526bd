// The files that make the page /batches in a browser, served as they are: from browser/, and from two packages.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { isMissingPackage } from "../optional-packages.ts";
import { type Asset, makeAsset } from "./assets.ts";
import { ICON } from "./icon.ts";

/** The page itself; all other names are below it. */
export const SHELL = "";

/** Beside the build, as beside the source. */
const OWN = new URL("./browser/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** What is taken from packages, and where browsers find it. */
const PACKAGED: Readonly<Record<string, string>> = {
  "uplot/dist/uPlot.esm.js": "uplot/",
  "uplot/dist/uPlot.min.css": "uplot/",
  "eventsource-parser/stream": "eventsource-parser/",
};

export interface BrowserFile extends Asset {
  readonly headers: Readonly<Record<string, string>>;
}

/** By their names: `main.js`, and `SHELL` for the page. */
export type BrowserFiles = ReadonlyMap<string, BrowserFile>;

/** Files of packages, by the folders in which browsers find them. */
export type PackagedFiles = readonly (readonly [folder: string, file: URL])[];

/** @throws Error that says what to install, where a package is missing. */
export function findPackagedFiles(): PackagedFiles {
  try {
    return Object.entries(PACKAGED).map(([specifier, folder]) => [
      folder,
      new URL(import.meta.resolve(specifier)),
    ]);
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    const message = "the page needs uplot and eventsource-parser: npm i uplot@1.6 eventsource-parser@4";
    throw new Error(message, { cause: error });
  }
}

export function arePackagesInstalled(): boolean {
  try {
    findPackagedFiles();
    return true;
  } catch {
    return false;
  }
}

export async function readBrowserFiles(packaged: PackagedFiles): Promise<BrowserFiles> {
  const texts = new Map([["icon.svg", ICON]]);
  for (const name of await readdir(OWN)) {
    if (/\.(js|css)$/.test(name)) texts.set(name, await readFile(new URL(name, OWN), "utf8"));
  }
  for (const [folder, file] of packaged) await addWithImports(texts, file, folder);
  const shell = await readFile(new URL("page.html", OWN), "utf8");
  texts.set(SHELL, shell);
  const shellHeaders = { "Content-Security-Policy": policyOf(shell), "Referrer-Policy": "no-referrer" };
  const files = [...texts].map(async ([name, text]): Promise<[string, BrowserFile]> => {
    const type = TYPES[name === SHELL ? "html" : (name.split(".").at(-1) ?? "")] ?? "text/plain";
    const headers = { "Content-Type": type, "X-Content-Type-Options": "nosniff" };
    const asset = await makeAsset(text);
    return [name, { ...asset, headers: name === SHELL ? { ...headers, ...shellHeaders } : headers }];
  });
  return new Map(await Promise.all(files));
}

/** A module, and those beside it that it imports. */
async function addWithImports(texts: Map<string, string>, file: URL, folder: string): Promise<void> {
  const name = `${folder}${file.pathname.split("/").at(-1)}`;
  if (texts.has(name)) return;
  const text = withoutSourceMap(await readFile(file, "utf8"));
  texts.set(name, text);
  for (const [, beside = ""] of text.matchAll(/^(?:import|export) .* from ["'](\.\/[\w.-]+)["'];?$/gm)) {
    await addWithImports(texts, new URL(beside, file), folder);
  }
}

/** It is not served: a browser's developer tools would ask for it, and complain. */
function withoutSourceMap(text: string): string {
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, "");
}

/** Nothing but the page's own files, and of scripts in the page itself none but the import map. */
function policyOf(shell: string): string {
  const [, importMap = ""] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(shell) ?? [];
  const hash = createHash("sha256").update(importMap).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
