// What the keys of one chunk listen to, in place of an AbortSignal.

import { expect, test } from "vitest";
import { createBatcher } from "../../src/batching/index.ts";
import { SharedSignal } from "../../src/cluster/shared-signal.ts";

test("all loads with it are let go when it aborts, once", async () => {
  const batcher = createBatcher<string, string>((words) => [...words], { maxDelayMs: 60_000 });
  const shared = new SharedSignal();
  const signal = shared.asAbortSignal();
  const loads = ["cat", "dog"].map((word) => batcher.load(word, { signal }));
  shared.abort();
  shared.abort();
  for (const load of loads) await expect(load).rejects.toMatchObject({ name: "AbortError" });
  expect(batcher.stats()).toMatchObject({ waitingKeys: 0, totals: { left: 2 } });
  await expect(batcher.load("cow", { signal })).rejects.toBe(shared.reason);
});

test("a load that is answered does not hear of it any more", async () => {
  const batcher = createBatcher<string, string>((words) => [...words], { maxDelayMs: 0 });
  const shared = new SharedSignal();
  await expect(batcher.load("cat", { signal: shared.asAbortSignal() })).resolves.toBe("cat");
  shared.abort();
  expect(batcher.stats().totals).toMatchObject({ answered: 1, left: 0 });
});
