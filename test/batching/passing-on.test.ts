// A key that very many ask for, where keys are passed on.

import { expect, test } from "vitest";
import { PASSES_ON } from "../../src/batching/passing-on.ts";
import { createBatcher } from "../../src/index.ts";

test("a key with more callers than a function can have arguments is passed on like any other", async () => {
  const passOn = Object.assign((keys: readonly string[]) => [...keys], {
    [PASSES_ON]: { delivery: undefined },
  });
  const batcher = createBatcher<string, string>(passOn, { maxQueueSize: 1_000_000, shareEqualKeys: true });
  const values = await Promise.all(Array.from({ length: 200_000 }, () => batcher.load("hot")));
  expect(new Set(values)).toEqual(new Set(["hot"]));
});
