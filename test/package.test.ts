// The package as its users get it: built, packed, put under node_modules, and used from there.

import { execFile, spawn } from "node:child_process";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { withoutLog } from "./support/log.ts";
import { compile, projectWithPackage } from "./support/packed-package.ts";
import { Running } from "./support/server-process.ts";

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
const server = await startServer({ schema, port: 0, batchFacts: "off" });
const answer = await fetch(server.url + "/graphql?query={upper(x:%22cat%22)}");
console.log(await answer.text());
await server.drain();
const four: number = await createBatcher<number, number>((keys) => keys.map((key) => key * 2)).load(2);
console.log(four);
`;

const project = projectWithPackage(["graphql-yoga", "@graphql-tools", "@graphql-yoga", "pino"], {
  "use.ts": USE,
});

test("its types compile in a strict project that checks them too", async () => {
  expect(await compile(project.folder, ["--noEmit", "use.ts"])).toBe("");
});

test("it serves, batches and ends by itself", async () => {
  const { stdout, stderr } = await run(process.execPath, ["use.ts"], { cwd: project.folder });
  expect(stderr).toBe("");
  expect(withoutLog(stdout)).toBe('{"data":{"upper":"CAT"}}\n4\n');
});

test("its command runs", async () => {
  const command = join(project.folder, "node_modules/jitney/dist/main.js");
  const { stdout } = await run(process.execPath, [command, "--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("types of a schema need packages that few have: it says which", async () => {
  const command = join(project.folder, "node_modules/jitney/dist/main.js");
  const failed: unknown = await run(process.execPath, [command, "types"]).catch((error) => error);
  const install = [
    ["@graphql-codegen/core@6", "@graphql-codegen/typescript@6", "@graphql-codegen/typescript-resolvers@6"],
    ["@graphql-tools/schema@10"],
  ].flat();
  expect(failed).toMatchObject({ code: 2, stdout: "" });
  expect(failed).toHaveProperty(
    "stderr",
    expect.stringMatching(
      new RegExp(`^jitney: cannot load what makes types, npm i -D ${install.join(" ")}: [^\n]+\n$`),
    ),
  );
});

test("without pino-pretty, a log that is to be pretty is JSON, and one entry says what to install", async () => {
  const command = join(project.folder, "node_modules/jitney/dist/main.js");
  await using jitney = new Running(
    spawn(process.execPath, [command, "--port", "0", "--log-format", "pretty"]),
  );
  await jitney.url();
  expect(jitney.faults).toMatchObject([
    { level: "warn", msg: expect.stringMatching(/^The log is JSON, .* npm i pino-pretty@13 \(/) },
  ]);
});

test("without pino, the command says in one line what a server needs", async () => {
  const installed = join(project.folder, "node_modules/pino");
  await rename(installed, join(project.folder, "pino"));
  try {
    const command = join(project.folder, "node_modules/jitney/dist/main.js");
    const failed: unknown = await run(process.execPath, [command, "--port", "0"]).catch((error) => error);
    expect(failed).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(
        /^jitney: cannot load the server, npm i [^\n]* pino@10: [^\n]*'pino'[^\n]*\n$/,
      ),
    });
  } finally {
    await rename(join(project.folder, "pino"), installed);
  }
});

test("a server that is to verify JWTs says what to install for it", async () => {
  const command = join(project.folder, "node_modules/jitney/dist/main.js");
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
