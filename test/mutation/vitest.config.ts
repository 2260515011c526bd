// The tests that mutation testing runs: those that import src/batching, but for those that start it in
// another process and the longest, of which there is a short form here.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import base from "../../vitest.config.ts";

export default defineConfig({
  ...base,
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    ...base.test,
    include: ["test/batching/**/*.test.ts", "test/graphql/batch*.test.ts", "test/mutation/few-schedules.ts"],
    exclude: [
      "**/process-exit.test.ts",
      "**/deliberate-breaks.test.ts",
      "**/random-schedules.property.test.ts",
    ],
    // A change may make a test wait for ever: it has failed then, and has not hung.
    testTimeout: 2_000,
  },
});
