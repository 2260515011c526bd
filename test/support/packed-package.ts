// The package as its users get it: built, packed, and put under the node_modules of a new project.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** What a package is made of. */
const PARTS = [
  "src",
  "docs",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "schema.graphql",
  "LICENSE",
  "README.md",
];

/** What it cannot do without, and what its types are compiled with. */
const NEEDED = ["graphql", "dataloader", "lru-cache", "@opentelemetry", "@types"];

export interface Project extends AsyncDisposable {
  readonly folder: string;
}

/** A project with the package installed, beside those others (of the checkout's) that it is to have. */
export async function projectWithPackage(others: readonly string[] = []): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "jitney-package-"));
  // Built from a copy: another build may go on in the checkout.
  const copy = join(folder, "copy");
  for (const name of PARTS) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await run("npm", ["pack"], { cwd: copy });
  const archive = (await readdir(copy)).find((name) => name.endsWith(".tgz")) ?? "";
  await run("tar", ["-xzf", join(copy, archive)], { cwd: folder });
  await mkdir(join(folder, "node_modules"));
  await rename(join(folder, "package"), join(folder, "node_modules/jitney"));
  for (const name of [...NEEDED, ...others]) {
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Compiles; gives what the compiler has to say. */
export async function compile(folder: string, args: readonly string[]): Promise<string> {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const strict = ["--strict", "--module", "nodenext", "--target", "es2024", "--types", "node"];
  return (await run(process.execPath, [tsc, ...strict, ...args], { cwd: folder })).stdout;
}
