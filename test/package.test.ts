// The package as its users get it: built, packed, put under node_modules, and used from there.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, type Project, projectWithPackage } from "./support/packed-package.ts";

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
let project: Project;

beforeAll(async () => {
  project = await projectWithPackage(["graphql-yoga", "@graphql-tools", "@graphql-yoga"]);
  folder = project.folder;
  await writeFile(join(folder, "use.ts"), USE);
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
});

test("its types compile in a strict project that checks them too", async () => {
  expect(await compile(folder, ["--noEmit", "use.ts"])).toBe("");
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
