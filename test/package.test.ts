// The package as its users get it: built, packed, put under node_modules, and used from there.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

const USE = `
import { batched, createBatcher } from "jitney";
import { buildServedSchema, startServer } from "jitney/server";

const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
const schema = buildServedSchema({
  typeDefs: "type Query { upper(x: String!): String! @batch }",
  typeDefsName: "schema",
  resolvers: { Query: { upper } },
  resolversName: "resolvers",
});
const server = await startServer({ schema, port: 0 });
const answer = await fetch(server.url + "/graphql?query={upper(x:%22cat%22)}");
console.log(await answer.text());
await server.drain();
const four: number = await createBatcher<number, number>((keys) => keys.map((key) => key * 2)).load(2);
console.log(four);
`;

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-package-"));
  // Built from a copy: another build may go on in the checkout.
  const copy = join(folder, "copy");
  const parts = [
    "src",
    "docs",
    "package.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "schema.graphql",
    "LICENSE",
    "README.md",
  ];
  for (const name of parts) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await run("npm", ["pack"], { cwd: copy });
  const archive = (await readdir(copy)).find((name) => name.endsWith(".tgz")) ?? "";
  await run("tar", ["-xzf", join(copy, archive)], { cwd: folder });
  await mkdir(join(folder, "node_modules"));
  await rename(join(folder, "package"), join(folder, "node_modules/jitney"));
  for (const name of [
    "graphql",
    "graphql-yoga",
    "dataloader",
    "lru-cache",
    "@graphql-tools",
    "@graphql-yoga",
    "@types",
  ]) {
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "use.ts"), USE);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("its types compile in a strict project that checks them too", async () => {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const flags = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "node",
    "use.ts",
  ];
  const { stdout } = await run(process.execPath, [tsc, ...flags], { cwd: folder });
  expect(stdout).toBe("");
});

test("it serves, batches and ends by itself", async () => {
  const { stdout, stderr } = await run(process.execPath, ["use.ts"], { cwd: folder });
  expect(stderr).toBe("");
  expect(stdout).toBe('{"data":{"upper":"CAT"}}\n4\n');
});

test("its command runs", async () => {
  const command = join(folder, "node_modules/jitney/dist/main.js");
  const { stdout } = await run(process.execPath, [command, "--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("a server that is to verify JWTs says what to install for it", async () => {
  const command = join(folder, "node_modules/jitney/dist/main.js");
  const env = { ...process.env, JITNEY_JWT_SECRET: "a secret of more than thirty-two bytes" };
  const failed: unknown = await run(process.execPath, [command, "--port", "0"], { env }).catch(
    (error) => error,
  );
  expect(failed).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(
      /^jitney: cannot load what verifies JWTs, npm i jose@6: [^\n]*'jose'[^\n]*\n$/,
    ),
  });
});
