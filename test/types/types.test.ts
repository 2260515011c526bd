// `jitney types`: what it writes compiles, holds resolvers to their schema, and is up to date here.

import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { compile, projectWithPackage } from "../support/packed-package.ts";

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = join(ROOT, "test/types");

/** How the types of this folder were made. */
const PLAIN = ["--scalar", "Date=string", "--out", "shop.types.ts"];
const HOSTED = [
  ["--scalar", "Date=Date", "--context-type", "./host.ts#Context"],
  ["--source-type", "Article=./host.ts#Article", "--out", "hosted-shop.types.ts"],
].flat();

/** Stricter than `compile` is: what a project may have switched on that strips its types in Node. */
const STRICTER = [
  ["--noEmit", "--allowImportingTsExtensions", "--erasableSyntaxOnly", "--isolatedModules"],
  ["--verbatimModuleSyntax", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"],
  ["--noUnusedLocals", "--noUnusedParameters", "--noPropertyAccessFromIndexSignature"],
].flat();

/** What a file of types cannot do without. */
const STRICT = ["--noEmit", "--allowImportingTsExtensions"];

const project = projectWithPackage(["@graphql-codegen", "@graphql-tools"]);

beforeAll(async () => {
  for (const name of ["shop.graphql", "host.ts"]) await cp(join(HERE, name), join(project.folder, name));
  for (const flags of [PLAIN, HOSTED]) await typesOfPackage(["--schema", "shop.graphql", ...flags]);
});

/** Runs the packed command in its project; gives what it prints. */
async function typesOfPackage(args: readonly string[]): Promise<string> {
  const command = join(project.folder, "node_modules/jitney/dist/main.js");
  const { stdout, stderr } = await run(process.execPath, [command, "types", ...args], {
    cwd: project.folder,
  });
  expect(stderr).toBe("");
  return stdout;
}

/** Puts a file of this folder into the project, where Jitney is a package, without the lines that match. */
async function put(name: string, dropped?: RegExp): Promise<readonly string[]> {
  const text = (await readFile(join(HERE, name), "utf8")).replace("../../src/index.ts", "jitney");
  const lines = text.split("\n").filter((line) => dropped === undefined || !dropped.test(line));
  await writeFile(join(project.folder, name), lines.join("\n"));
  return lines;
}

/** The lines of a file that the compiler finds fault with. */
async function faultyLines(name: string, flags = STRICTER): Promise<readonly number[]> {
  const failed: { readonly stdout: string } = await compile(project.folder, [...flags, name]).then(
    (stdout) => ({ stdout }),
    (error) => error,
  );
  // Each fault begins a line; what explains it is indented.
  const faults = failed.stdout.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
  return faults.map((fault) => {
    const [, file, line] = /^([^(]+)\((\d+),/.exec(fault) ?? [];
    expect(file, fault).toBe(name);
    return Number(line);
  });
}

test("the types of the resolvers that `npm start` serves are up to date, by the command that makes them", async () => {
  const args = ["src/main.ts", "types", "--out", "src/schema.types.ts", "--check"];
  expect(await run(process.execPath, args, { cwd: ROOT })).toEqual({ stdout: "", stderr: "" });
});

test.each([{ flags: PLAIN }, { flags: HOSTED }])(
  "the types of the type tests are up to date: $flags",
  async ({ flags }) => {
    const args = [join(ROOT, "src/main.ts"), "types", "--schema", "shop.graphql", ...flags, "--check"];
    expect(await run(process.execPath, args, { cwd: HERE })).toEqual({ stdout: "", stderr: "" });
  },
);

test("resolvers that fit a schema of every kind of type compile, in a strict project", async () => {
  await put("must-compile.ts");
  expect(await faultyLines("must-compile.ts")).toEqual([]);
});

test.each([
  { project: "strict", flags: STRICT },
  { project: "stricter", flags: STRICTER },
])(
  "every resolver that does not fit is an error, on its own line, in a $project project",
  async ({ flags }) => {
    const MARK = "// @ts-expect-error";
    const text = await readFile(join(HERE, "must-not-compile.ts"), "utf8");
    const wrong = text.split("\n").flatMap((line, index, lines) => {
      return line.trimStart().startsWith(MARK) ? [lines[index + 1]] : [];
    });
    expect(wrong.length).toBeGreaterThan(20);
    const lines = await put("must-not-compile.ts", new RegExp(`^ *${MARK} `));
    const faulty = await faultyLines("must-not-compile.ts", flags);
    expect([...new Set(faulty)].map((line) => lines[line - 1])).toEqual(wrong);
  },
);

test("without any flag they compile as well: a scalar that nobody has told of is unknown, not any", async () => {
  const types = await typesOfPackage(["--schema", "shop.graphql"]);
  await writeFile(join(project.folder, "bare.types.ts"), types);
  expect(types).toContain("Date: { input: unknown; output: unknown; }");
  expect(await faultyLines("bare.types.ts")).toEqual([]);
  expect([...types.matchAll(/ from '(.*)'/g)].map(([, name]) => name)).toEqual(["graphql"]);
});
