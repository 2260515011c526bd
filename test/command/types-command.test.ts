// `jitney types`, as a user runs it: where it writes, what it checks, and what it says of input that is wrong.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const SCHEMA = "scalar Date\ntype Query { upper(x: String!): String! @batch  now: Date! }\n";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-types-"));
  await writeFile(join(folder, "schema.graphql"), SCHEMA);
  await symlink("schema.graphql", join(folder, "link.graphql"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command in the folder of the tests. */
async function types(...args: readonly string[]) {
  const ended = run(process.execPath, [MAIN, "types", ...args], { cwd: folder });
  const {
    code = 0,
    stdout,
    stderr,
  } = await ended.then(
    (output) => ({ ...output, code: 0 }),
    (error) => error,
  );
  return { exitCode: code, stdout, stderr };
}

/** The types of the test's schema, as they are printed. */
async function printed(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await types("--schema", "schema.graphql", ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

test("without --out the types are printed, and nothing else", async () => {
  const text = await printed();
  expect(text).toMatch(/^\/\* eslint-disable \*\/\n/);
  expect(text).toContain("export type QueryUpperArgs = {\n  x: Scalars['String']['input'];\n};\n");
  expect(text).toMatch(/export type Resolvers<ContextType = unknown> = \{[^}]*\};\n$/);
});

test("without --schema they are those of the example", async () => {
  const { stdout } = await types();
  expect(stdout).toContain("export type QueryUpperArgs");
  expect(stdout).not.toContain("Date");
});

test("types are imported as told, and only once they are told", async () => {
  const importsOf = (text: string) => text.split("\n").filter((line) => line.startsWith("import "));
  const GRAPHQL =
    "import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';";
  expect(importsOf(await printed())).toEqual([GRAPHQL]);
  const told = await printed("--context-type", "#host/context.ts#Context", "--scalar", "Date=./date.ts#Day");
  expect(importsOf(told)).toEqual([
    "import type { Day } from './date.ts';",
    GRAPHQL,
    "import type { Context } from '#host/context.ts';",
  ]);
});

test("--check writes nothing, and says by the exit code whether it would", async () => {
  const [out, args] = ["check.types.ts", ["--schema", "schema.graphql", "--out", "check.types.ts"]];
  const file = join(folder, out);
  const isStale = {
    exitCode: 1,
    stdout: "",
    stderr: `jitney: ${out} is not up to date with schema.graphql: run the same without --check\n`,
  };
  const isDone = { exitCode: 0, stdout: "", stderr: "" };
  expect(await types(...args, "--check")).toEqual(isStale);
  await expect(stat(file)).rejects.toThrow("ENOENT");
  expect(await types(...args)).toEqual(isDone);
  expect(await types(...args, "--check")).toEqual(isDone);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("\n", "\r\n"));
  expect(await types(...args, "--check"), "a checkout that has made other ends of lines").toEqual(isDone);
  await writeFile(file, text.replace("String", "Float"));
  expect(await types(...args, "--check")).toEqual(isStale);
  expect(await readFile(file, "utf8")).toBe(text.replace("String", "Float"));
});

test("a file that is up to date is not written again: who watches it has nothing to do", async () => {
  const file = join(folder, "kept.types.ts");
  await types("--schema", "schema.graphql", "--out", file);
  await utimes(file, 1, 1);
  await types("--schema", "schema.graphql", "--out", file);
  expect((await stat(file)).mtimeMs).toBe(1_000);
});

test("--out may be what never ends: a pipe, whoever reads it", async () => {
  const text = await printed();
  for (const out of ["/dev/stdout", "fifo"]) {
    const command = `"$0" "$1" types --schema schema.graphql --out ${out} | cat`;
    const script = out === "fifo" ? `mkfifo fifo; { ${command}; } & exec cat fifo` : command;
    const { stdout } = await run("sh", ["-c", script, process.execPath, MAIN], {
      cwd: folder,
      timeout: 10_000,
    });
    expect(stdout, out).toBe(text);
  }
});

test.runIf(existsSync("/dev/full"))("--out may be on a disk that is full", async () => {
  await refused("cannot write the types: ENOSPC: ", ["--schema", "schema.graphql", "--out", "/dev/full"]);
});

test("--help helps", async () => {
  const { exitCode, stdout } = await types("--help");
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("jitney types [options]")]);
});

const BAD_FLAGS: readonly (readonly [said: string, ...args: readonly string[]])[] = [
  ["unknown option: --port (see --help)", "--port", "4000"],
  ["unexpected argument: schema.graphql (see --help)", "schema.graphql"],
  ["--schema: expected a value (see --help)", "--schema"],
  ["--out: expected a value (see --help)", "--out", "--check"],
  ["--check: takes no value", "--check=yes"],
  ["--check: expected --out FILE beside it", "--check"],
  ["cannot read the schema: ENOENT: ", "--schema", "none.graphql"],
  ["cannot write the types: EISDIR: ", "--out", "."],
  ['--out: expected another file than the schema, but got: "schema.graphql"', "--out", "schema.graphql"],
  ['--out: expected another file than the schema, but got: "./link.graphql"', "--out", "./link.graphql"],
  ["cannot write the types: ENOENT: ", "--out", "none/types.ts"],
  ['--context-type: expected MODULE#TYPE, but got: "Context"', "--context-type", "Context"],
  [`--context-type: expected MODULE#TYPE, but got: "./a'b.ts#C"`, "--context-type", "./a'b.ts#C"],
  ['--scalar: expected NAME=TYPE or NAME=MODULE#TYPE, but got: "Date"', "--scalar", "Date"],
  ['--scalar: expected NAME=TYPE or NAME=MODULE#TYPE, but got: "Date=./a.ts#"', "--scalar", "Date=./a.ts#"],
  ['--scalar: expected a scalar of schema.graphql, but got: "Dat"', "--scalar", "Dat=string"],
  ['--source-type: expected NAME=MODULE#TYPE, but got: "Query=Row"', "--source-type", "Query=Row"],
  [
    '--source-type: expected an object type of schema.graphql, but got: "Date"',
    "--source-type",
    "Date=./a.ts#A",
  ],
];

test.each(BAD_FLAGS)("says in one line: %s", async (said, ...args) => {
  const schema = args.includes("--schema") ? [] : ["--schema", "schema.graphql"];
  await refused(said, [...schema, ...args]);
});

test.each([
  ["type Query {", "bad.graphql:1:13: Syntax Error: "],
  ["type Query { a: Nothing }", 'bad.graphql: Unknown type "Nothing".'],
  ["type Query { a: Int @batch(size: 2) }", 'bad.graphql: Unknown argument "size" on directive "@batch".'],
  ["type Mutation { a: Int }", "bad.graphql: Query root type must be provided."],
  [
    "type Query { a: Record } type Record { b: Int }",
    "bad.graphql: two of its types would be called Record in TypeScript",
  ],
  [
    "type Query { a: Omit } type Omit { b(c: Int): Int }",
    "bad.graphql: two of its types would be called Omit in TypeScript",
  ],
  [
    "type Query { a: Maybe } type Maybe { b: Int }",
    "bad.graphql: two of its types would be called Maybe in TypeScript",
  ],
  [
    "type Query { a: toString } type toString { b: Int }",
    "bad.graphql: no types can be made of one called toString",
  ],
  ["type Query { a: valueOf } scalar valueOf", "bad.graphql: no types can be made of one called valueOf"],
  [
    "type Query { a: hasOwnProperty } enum hasOwnProperty { A }",
    "bad.graphql: no types can be made of one called hasOwnProperty",
  ],
  [
    "type Query { a: constructor } type constructor { b: Int }",
    "bad.graphql: no types can be made of one called constructor",
  ],
])("says in one line what is wrong with %s", async (sdl, said) => {
  await writeFile(join(folder, "bad.graphql"), sdl);
  await refused(said, ["--schema", "bad.graphql"]);
});

async function refused(said: string, args: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await types(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr.startsWith(`jitney: ${said}`), stderr).toBe(true);
  expect(stderr.split("\n"), stderr).toHaveLength(2);
}
