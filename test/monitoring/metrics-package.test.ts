// Metrics from the built package, with prom-client and without: it is optional.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withoutLog } from "../support/log.ts";
import { parseMetrics } from "../support/metrics-text.ts";
import { compile, type Project, projectWithPackage } from "../support/packed-package.ts";

const run = promisify(execFile);

const USE = `
import { createBatcher } from "jitney";
import { collectMetrics } from "jitney/metrics";
import { Registry } from "prom-client";

const batcher = createBatcher<string, string>((words) => words.map((word) => word.toUpperCase()));
const registry = new Registry();
const stop: () => void = collectMetrics([{ coordinate: "words", batcher }], { registry });
await Promise.all([batcher.load("cat"), batcher.load("dog")]);
process.stdout.write(await registry.metrics());
stop();
`;

const SERVE = `
import { batched } from "jitney";
import { buildServedSchema, startServer } from "jitney/server";

const schema = buildServedSchema({
  typeDefs: "type Query { upper(x: String!): String! @batch }",
  typeDefsName: "schema",
  resolvers: { Query: { upper: batched((keys) => keys.map(({ x }) => x.toUpperCase())) } },
  resolversName: "resolvers",
});
const metrics = process.argv[2] === "on" ? { metrics: true } : {};
try {
  const server = await startServer({ schema, port: 0, ...metrics });
  console.log((await fetch(server.url + "/metrics")).status);
  await server.drain();
} catch (error) {
  console.log(error.code, error.message);
}
`;

const SERVER = ["graphql-yoga", "@graphql-tools", "@graphql-yoga", "pino"];
let bare: Project;
let whole: Project;

beforeAll(async () => {
  [bare, whole] = [await projectWithPackage(SERVER), await projectWithPackage(["prom-client", ...SERVER])];
  await writeFile(join(whole.folder, "use.ts"), USE);
  for (const { folder } of [bare, whole]) await writeFile(join(folder, "serve.js"), SERVE);
});

afterAll(async () => {
  for (const project of [bare, whole]) await project[Symbol.asyncDispose]();
});

function runIn({ folder }: Project, ...args: readonly string[]) {
  return run(process.execPath, args, { cwd: folder });
}

test("with it, metrics are in a registry of one's own, and their types compile", async () => {
  expect(await compile(whole.folder, ["--noEmit", "use.ts"])).toBe("");
  const { stdout, stderr } = await runIn(whole, "use.ts");
  expect(stderr).toBe("");
  const found = parseMetrics(stdout);
  expect(found.value("jitney_keys_total", { field: "words", outcome: "answered" })).toBe(2);
  expect(found.all("jitney_build_info")[0]?.labels.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test("with it, the server has /metrics without being told", async () => {
  const { stdout, stderr } = await runIn(whole, "serve.js");
  expect({ stdout: withoutLog(stdout), stderr }).toEqual({ stdout: "200\n", stderr: "" });
});

test("without it, the server has none, and does what else it does", async () => {
  const { stdout, stderr } = await runIn(bare, "serve.js");
  expect({ stdout: withoutLog(stdout), stderr }).toEqual({ stdout: "404\n", stderr: "" });
});

test("without it, a server that is to have /metrics says in one line what to install", async () => {
  const { stdout } = await runIn(bare, "serve.js", "on");
  expect(withoutLog(stdout)).toBe(
    "START_FAILED cannot serve /metrics: metrics need prom-client: npm i prom-client@15\n",
  );
});
