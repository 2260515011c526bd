import { defineConfig } from "vitest/config";

export default defineConfig({
  // What Node itself would load: with "development", which is Vite's default, tests would get another copy of graphql.
  ssr: { resolve: { conditions: ["node", "module-sync", "import", "default"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/package-archive.ts"],
    // Real servers, engines and a browser: two cores serve two files at a time, and a start takes its time.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
