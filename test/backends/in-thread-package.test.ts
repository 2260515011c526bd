// inThread() from the built package, for a project in JavaScript, and for one in TypeScript before and after its build.

import { execFile } from "node:child_process";
import { rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { compile, projectWithPackage } from "../support/packed-package.ts";

const PISCINA = fileURLToPath(new URL("../../node_modules/piscina", import.meta.url));
const run = promisify(execFile);

const JAVASCRIPT = {
  "heavy.js": "export default (words) => words.map((word) => word.toUpperCase());",
  "main.js": `
import { createBatcher } from "jitney";
import { inThread } from "jitney/in-thread";

const upper = createBatcher(inThread(new URL("./heavy.js", import.meta.url)));
console.log(await Promise.all([upper.load("cat"), upper.load("dog")]));
`,
};

const TYPESCRIPT = {
  "src/heavy.ts": `
import type { ThreadFunction } from "jitney/in-thread";

const heavy: ThreadFunction<string, number> = (words, { partition }) =>
  words.map((word) => word.length + partition.length);
export default heavy;
`,
  "src/main.ts": `
import { createBatcher } from "jitney";
import { inThread } from "jitney/in-thread";

await using heavy = inThread<string, number>(new URL("./heavy.ts", import.meta.url), { idleTimeoutMs: 1_000 });
const lengths = createBatcher(heavy, { concurrency: heavy.maxThreads });
const answers: number[] = await Promise.all([lengths.load("cat"), lengths.load("horse")]);
console.log(answers);
`,
};

const project = projectWithPackage(["piscina"], { ...JAVASCRIPT, ...TYPESCRIPT });

function runFile(file: string): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [file], { cwd: project.folder });
}

test("a project in JavaScript runs", async () => {
  expect(await runFile("main.js")).toEqual({ stdout: "[ 'CAT', 'DOG' ]\n", stderr: "" });
});

test("a project in TypeScript runs from its source, compiles, and runs when it is built", async () => {
  const output = { stdout: "[ 3, 5 ]\n", stderr: "" };
  expect(await runFile("src/main.ts")).toEqual(output);
  const config = ["--rootDir", "src", "--outDir", "built", "--lib", "es2024,esnext.disposable"];
  expect(await compile(project.folder, [...config, "src/main.ts", "src/heavy.ts"])).toBe("");
  await rename(join(project.folder, "src"), join(project.folder, "away"));
  expect(await runFile("built/main.js")).toEqual(output);
});

test("without piscina, one line says what to install, and the rest of the package works", async () => {
  const installed = join(project.folder, "node_modules/piscina");
  await rename(installed, join(project.folder, "piscina"));
  try {
    await writeFile(
      join(project.folder, "without.js"),
      `
import { createBatcher } from "jitney";
import { inThread } from "jitney/in-thread";

try {
  inThread(new URL("./heavy.js", import.meta.url));
} catch (error) {
  console.log(error.message);
}
console.log(await createBatcher((keys) => keys).load("cat"));
`,
    );
    const { stdout } = await runFile("without.js");
    expect(stdout).toBe("inThread() needs piscina: npm i piscina@5\ncat\n");
  } finally {
    await symlink(PISCINA, installed);
  }
});
