// Metrics from the built package, with prom-client and without: it is optional.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
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

const USE_ALONE = `
import { collectMetrics } from "jitney/metrics";
collectMetrics([], { registry: {} });
`;

const bare = projectWithPackage([], { "use.js": USE_ALONE });
const whole = projectWithPackage(["prom-client"], { "use.ts": USE });

function runIn({ folder }: Project, file: string) {
  return run(process.execPath, [file], { cwd: folder });
}

test("with it, metrics are in a registry of one's own, and their types compile", async () => {
  expect(await compile(whole.folder, ["--noEmit", "use.ts"])).toBe("");
  const { stdout, stderr } = await runIn(whole, "use.ts");
  expect(stderr).toBe("");
  const found = parseMetrics(stdout);
  expect(found.value("jitney_keys_total", { field: "words", outcome: "answered" })).toBe(2);
  expect(found.all("jitney_build_info")[0]?.labels.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test("without it, it is said what to install", async () => {
  await expect(runIn(bare, "use.js")).rejects.toThrow("metrics need prom-client: npm i prom-client@15");
});
