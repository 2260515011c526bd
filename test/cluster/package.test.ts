// Shared batches from the built package: with amqplib, and without it.

import { execFile } from "node:child_process";
import { rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newBrokerURL } from "../support/new-broker-url.ts";
import { compile, projectWithPackage } from "../support/packed-package.ts";

const AMQPLIB = fileURLToPath(new URL("../../node_modules/amqplib", import.meta.url));
const run = promisify(execFile);

const USE = `
import { createBatcher } from "jitney";
import { BatchWorker, sharedBatch } from "jitney/cluster";

const url = process.argv[2] ?? "";
const makeUpper = () => createBatcher<unknown, unknown>((words) => words.map((word) => String(word).toUpperCase()));
const fields = [{ coordinate: "Query.upper", batcher: makeUpper(), makeLone: makeUpper }];
const worker = new BatchWorker({ url, fields, onWarning: console.error });
const shared = sharedBatch<string, string>("upper", { url });
const upper = createBatcher(shared);
const words: string[] = await Promise.all([upper.load("cat"), upper.load("dog")]);
console.log(words, shared.isConnected);
await worker.drain();
await shared.close();
`;

const project = projectWithPackage(["amqplib"], { "use.ts": USE });

test("its types compile in a strict project, and it runs and ends by itself", async () => {
  expect(await compile(project.folder, ["--noEmit", "--lib", "es2024,esnext.disposable", "use.ts"])).toBe("");
  const { stdout, stderr } = await run(process.execPath, ["use.ts", await newBrokerURL()], {
    cwd: project.folder,
  });
  expect([stdout, stderr]).toEqual(["[ 'CAT', 'DOG' ] true\n", ""]);
});

test("without amqplib, one line says what to install, and the rest of the package works", async () => {
  const installed = join(project.folder, "node_modules/amqplib");
  await rename(installed, join(project.folder, "amqplib"));
  try {
    await writeFile(
      join(project.folder, "without.js"),
      `
import { createBatcher } from "jitney";
import { sharedBatch } from "jitney/cluster";

try {
  sharedBatch("upper", { url: "amqp://127.0.0.1" });
} catch (error) {
  console.log(error.message);
}
console.log(await createBatcher((keys) => keys).load("cat"));
`,
    );
    const { stdout } = await run(process.execPath, ["without.js"], { cwd: project.folder });
    expect(stdout).toBe("Shared batches need amqplib: npm i amqplib@2\ncat\n");
  } finally {
    await symlink(AMQPLIB, installed);
  }
});
