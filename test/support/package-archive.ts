// Vitest's global set-up: the package is built and packed once in a run, and only in a run that has a test of it. So
// tests ask for it here, in the one process that all of their workers share.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Gives the path of the package's archive to who asks. */
    packageArchiveURL: string;
  }
}

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

/** @returns what to do when the run has ended. */
export default async function provideArchive(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "jitney-archive-"));
  let packed: Promise<string> | undefined;
  const server = createServer((_request, response) => {
    packed ??= pack(folder);
    packed.then(
      (path) => response.end(path),
      (error) => response.writeHead(500).end(inspect(error)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  project.provide("packageArchiveURL", `http://127.0.0.1:${port}`);
  // Who watches has changed what was packed.
  project.onTestsRerun(() => {
    packed = undefined;
  });
  return async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  };
}

/** Builds and packs in a new folder below the given one; gives the path of the archive. */
async function pack(folder: string): Promise<string> {
  // Built from a copy: another build may go on in the checkout.
  const copy = await mkdtemp(join(folder, "copy-"));
  for (const name of PARTS) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await run("npm", ["pack"], { cwd: copy });
  const archive = (await readdir(copy)).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack has made no archive");
  return join(copy, archive);
}
