// A hundred thousand requests that are wrong in every way a generator can think of, with right ones among them: the server
// answers every right one, and nothing makes it fall, fail or grow. MALFORMED_SEED=… repeats a run.

import { expect, onTestFailed, test } from "vitest";
import type { Malformed } from "../fixtures/malformed-clients.ts";
import { startFixture } from "../support/fixture-process.ts";
import { upper } from "../support/graphql-client.ts";
import type { LogEntry } from "../support/log.ts";
import type { LastWords } from "../support/observed-server.ts";
import type { Memory } from "../support/questions.ts";
import { seedFrom } from "../support/seeded-random.ts";

const REQUESTS = 100_000;
/** Until caches of queries are full, memory grows. */
const WARM_UP = 15_000;
/** One that keeps a kilobyte of each request grows by 85 MB. */
const HEAP_GROWTH_BYTES = 40 * 2 ** 20;

test("100,000 malformed requests do no harm, and right ones among them are answered", {
  timeout: 240_000,
}, async () => {
  const seed = seedFrom("MALFORMED_SEED");
  onTestFailed(() => console.log(`MALFORMED_SEED=${seed}`));
  await using server = startFixture("quick-server.ts");
  const url = await server.url();
  await using clients = startFixture("malformed-clients.ts", { url, seed });
  const startMs = performance.now();

  await clients.ask<Malformed>("send", WARM_UP);
  await server.ask("connectionsAtMost", 0);
  const before = await server.ask<Memory>("memory");
  const { faults, malformed, right, statuses } = await clients.ask<Malformed>("send", REQUESTS - WARM_UP);
  const tookMs = performance.now() - startMs;
  expect(faults, "requests and what is wrong with their answers").toEqual([]);
  expect(malformed).toBeGreaterThanOrEqual(REQUESTS);
  await server.ask("connectionsAtMost", 0);
  const after = await server.ask<Memory>("memory");
  const growthBytes = after.heapBytes - before.heapBytes;
  console.log(
    `malformed, seed ${seed}: ${malformed} and ${right} right ones in ${Math.round(tookMs)} ms; ` +
      `${JSON.stringify(statuses)}; heap ${Math.round(growthBytes / 1024)} KB more, ` +
      `all memory ${Math.round((after.rssBytes - before.rssBytes) / 1024)} KB`,
  );
  expect(growthBytes).toBeLessThan(HEAP_GROWTH_BYTES);

  expect(await upper(url, "still here")).toBe("STILL HERE");
  expect(await server.ask<LogEntry[]>("log"), "unexpected errors in the log").toEqual([]);
  server.child.kill("SIGTERM");
  const [, lastLine] = await server.printed(/^ended (.*)$/m);
  const { resources }: LastWords = JSON.parse(lastLine ?? "");
  const { exitCode, stderr } = await server.endsByItself();
  expect({ exitCode, stderr, resources }).toEqual({ exitCode: 0, stderr: "", resources: [] });
});
