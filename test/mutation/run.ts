// `npm run mutate`: changes src/batching in every way that Stryker knows, one at a time, and says which changes no test
// notices. A change that makes the tests hang is not counted as noticed: a slow machine would notice those too.

import { Stryker } from "@stryker-mutator/core";

const WANTED_PERCENT = 90;

const results = await new Stryker({
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  mutate: ["src/batching/**/*.ts"],
  // It cannot read one with TypeScript 7, and needs none.
  tsconfigFile: "none",
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 30_000,
  reporters: ["progress-append-only"],
  tempDirName: "node_modules/.cache/stryker",
  cleanTempDir: "always",
}).runMutationTest();

const counts = new Map<string, number>();
for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
const unnoticed = results.filter(({ status }) => ["Survived", "NoCoverage", "Timeout"].includes(status));
const killed = counts.get("Killed") ?? 0;
const percent = (100 * killed) / (killed + unnoticed.length);

for (const { status, fileName, location, replacement } of unnoticed) {
  const { line, column } = location.start;
  console.log(`${status} ${fileName}:${line}:${column} -> ${replacement?.replaceAll(/\s+/g, " ")}`);
}
console.log(Object.fromEntries(counts));
console.log(`${percent.toFixed(1)}% noticed, time-outs not counted; wanted: more than ${WANTED_PERCENT}%`);
process.exitCode = percent > WANTED_PERCENT ? 0 : 1;
