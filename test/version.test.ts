// The version that the command, metrics and traces show.

import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { VERSION } from "../src/version.ts";

test("it is that of the package", () => {
  expect(VERSION).toBe(createRequire(import.meta.url)("../package.json").version);
});

test.each([
  ["where there is no package.json", undefined],
  ["beside that of another package, as in a bundle", '{ "name": "shop", "version": "9.9.9" }'],
  ["beside what is no JSON", "{"],
])("%s it is unknown, and nothing fails", async (_, packageJson) => {
  const folder = await mkdtemp(join(tmpdir(), "jitney-version-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const copy = join(folder, "dist", "version.ts");
  await mkdir(join(folder, "dist"));
  await cp(fileURLToPath(new URL("../src/version.ts", import.meta.url)), copy);
  if (packageJson !== undefined) await writeFile(join(folder, "package.json"), packageJson);
  const module: { readonly VERSION: string } = await import(/* @vite-ignore */ pathToFileURL(copy).href);
  expect(module.VERSION).toBe("unknown");
});
