// A batch function that blocks the thread of a worker is told of, before the broker takes the worker for dead.

import { expect, test, vi } from "vitest";
import { watchStalls } from "../../src/cluster/stall-watch.ts";

test("a thread that is blocked for a fourth of the heartbeat is told of once, with what helps", async () => {
  const warnings: string[] = [];
  const stop = watchStalls(1, (message) => warnings.push(message));
  const blockedUntil = performance.now() + 1_600;
  while (performance.now() < blockedUntil);
  await vi.waitFor(() => expect(warnings.length).toBe(1), { timeout: 5_000 });
  stop();
  expect(warnings[0]).toMatch(
    /^the thread was blocked for 0\.[5-9] s: the broker gives the keys of a worker that is silent for more than 1 s to another/,
  );
  expect(warnings[0]).toContain("inThread()");
});

test("one that is free is not", async () => {
  const warnings: string[] = [];
  const stop = watchStalls(60, (message) => warnings.push(message));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  stop();
  expect(warnings).toEqual([]);
});
