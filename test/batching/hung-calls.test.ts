// A hung batch function never kills a field: told to stop and still running after abortGraceMs, it is given up.

import { expect, test } from "vitest";
import type { Heart } from "../support/heart.ts";
import { setUp } from "../support/heart.ts";

/** A batcher of one slot, in which "a" hangs, wanted by nobody, and "b" waits. */
function setUpHung(): Heart {
  const heart = setUp({ maxBatchSize: 1, concurrency: 1, abortGraceMs: 40 });
  const leaver = new AbortController();
  heart.load("a", { signal: leaver.signal });
  heart.load("b");
  leaver.abort();
  return heart;
}

test("a call that does not stop keeps its slot for abortGraceMs, and no longer", async () => {
  const heart = setUpHung();
  await heart.clock.advance(39.9);
  expect(heart.batches).toEqual([["a"]]);
  await heart.clock.advance(0.1);
  expect(heart.batches).toEqual([["a"], ["b"]]);
  expect(heart.batcher.stats().totals.abandoned).toBe(1);
});

test("a call that stops when it is told to frees its slot at once", async () => {
  const heart = setUpHung();
  await heart.call(0).fail(heart.call(0).context.signal.reason);
  expect(heart.batches).toEqual([["a"], ["b"]]);
  expect(heart.batcher.stats().totals.abandoned).toBe(0);
});

test("the late answer of an abandoned call is ignored", async () => {
  const heart = setUpHung();
  await heart.clock.advance(40);
  const before = heart.batcher.stats();
  await heart.call(0).answer();
  expect(heart.batcher.stats()).toEqual(before);
  expect(before).toMatchObject({ runningBatches: 1, pendingCallers: 1 });
});

test("the late failure of an abandoned call is ignored", async () => {
  const heart = setUpHung();
  await heart.clock.advance(40);
  const before = heart.batcher.stats();
  await heart.call(0).fail(new Error("too late"));
  expect(heart.batcher.stats()).toEqual(before);
});

test("a field whose every call hangs still serves again when its calls are given up", async () => {
  const heart = setUp({ maxBatchSize: 1, concurrency: 2, timeoutMs: 100, abortGraceMs: 40 });
  heart.loadAll("ab");
  await heart.clock.advance(140);
  const load = heart.load("c");
  await heart.call(2).answer();
  expect(load.value).toBe("C");
  expect(heart.batcher.stats().totals).toMatchObject({ timedOut: 2, abandoned: 2, answered: 1 });
});

test("a call that loses its callers while it hangs is abandoned once", async () => {
  const heart = setUpHung();
  const ended: string[] = [];
  heart.batcher.events.on("batchEnd", ({ outcome }) => ended.push(outcome));
  await heart.clock.advance(40);
  await heart.call(0).answer();
  await heart.clock.advance(100);
  expect(ended).toEqual(["abandoned"]);
});
