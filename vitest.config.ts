import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { brokerProgram } from "./test/support/broker-program.ts";

const hasBroker = brokerProgram() !== undefined || process.env.JITNEY_MUST_TEST_BROKER !== undefined;
if (!hasBroker) console.log("Left out: test/cluster, which needs RabbitMQ: apt-get install rabbitmq-server");

// Some hundred programs are started by the tests: each is up in two thirds of the time when it finds its code compiled.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

export default defineConfig({
  // What Node itself would load: with "development", which is Vite's default, tests would get another copy of graphql.
  ssr: { resolve: { conditions: ["node", "module-sync", "import", "default"] } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: hasBroker ? [] : ["test/cluster/**"],
    globalSetup: ["test/support/package-archive.ts", "test/support/common-broker.ts"],
    // Real servers, engines and a browser: two cores serve two files at a time, and a start takes its time.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
