// Where a run was made and of what: the machine in general words, versions, and who could not take part.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { CONTENDERS, type Contender, type ContenderName } from "./contenders.ts";
import type { Machine } from "./results.ts";

const GIB = 2 ** 30;

export function machine(): Machine {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / GIB),
    platform: `${platform()} on ${arch()}`,
  };
}

/** By contender: `graphql-yoga 5.24.1, graphql 17.1.0`. */
export function versionsOf(names: readonly ContenderName[]): Readonly<Record<string, string>> {
  const versions = names.flatMap((name) => {
    const { packages, from }: Contender = CONTENDERS[name];
    return packages.length === 0
      ? []
      : [[name, packages.map((each) => `${each} ${versionOf(each, from)}`).join(", ")]];
  });
  return { node: process.version, ...Object.fromEntries(versions) };
}

function versionOf(name: string, from: Contender["from"]): string {
  if (from === "python") return pythonVersionOf(name);
  const folders =
    from === "bench"
      ? ["../node_modules/", "../node_modules/mercurius/node_modules/"]
      : ["../../node_modules/"];
  for (const folder of folders) {
    try {
      const file = new URL(`${folder}${name}/package.json`, import.meta.url);
      const { version }: { version: string } = JSON.parse(readFileSync(file, "utf8"));
      return version;
    } catch {
      // In the next folder, then.
    }
  }
  return "of unknown version";
}

function pythonVersionOf(name: string): string {
  const program = `import importlib.metadata as m; print(m.version("${name}"))`;
  return spawnSync("python3", ["-c", program], { encoding: "utf8" }).stdout.trim();
}

/** Says why a contender cannot take part here; undefined where it can. */
export function whyLeftOut(name: ContenderName): string | undefined {
  const { title, from }: Contender = CONTENDERS[name];
  if (from !== "python" || hasFastAPI()) return undefined;
  return `${title}: left out, as python3 has no fastapi and uvicorn here (python3 -m pip install fastapi uvicorn)`;
}

let isFastAPIThere: boolean | undefined;

function hasFastAPI(): boolean {
  isFastAPIThere ??= spawnSync("python3", ["-c", "import fastapi, uvicorn"]).status === 0;
  return isFastAPIThere;
}
