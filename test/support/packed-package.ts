// The package as its users get it: built, packed, and put under the node_modules of a new project.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, inject } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** What it cannot do without, and what its types are compiled with. */
const NEEDED = ["graphql", "dataloader", "lru-cache", "@opentelemetry", "@types"];

export interface Project {
  readonly folder: string;
}

/**
 * For the tests of the file that calls it: a project with the package installed, which is removed after them.
 *
 * @param others packages (of the checkout's) that it is to have beside.
 * @param files of its own, by their names.
 */
export function projectWithPackage(
  others: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Project {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jitney-package-"));
    await install(folder, others);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
  };
}

async function install(folder: string, others: readonly string[]): Promise<void> {
  await run("tar", ["-xzf", await packageArchive()], { cwd: folder });
  await mkdir(join(folder, "node_modules"));
  await rename(join(folder, "package"), join(folder, "node_modules/jitney"));
  for (const name of [...NEEDED, ...others]) {
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
}

/** Its path: package-archive.ts makes it for the first who asks. */
async function packageArchive(): Promise<string> {
  const response = await fetch(inject("packageArchiveURL"));
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** Compiles; gives what the compiler has to say. */
export async function compile(folder: string, args: readonly string[]): Promise<string> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const strict = ["--strict", "--module", "nodenext", "--target", "es2024", "--types", "node"];
  return (await run(process.execPath, [tsc, ...strict, ...args], { cwd: folder })).stdout;
}
