// What a batcher says of itself, against the model's own account.

import type { Batcher } from "../../src/batching/index.ts";
import type { Outcome, WatchedCallers } from "./watched-callers.ts";
import type { WatchedCalls } from "./watched-calls.ts";
import type { Key, Situation, Value } from "./watched-keys.ts";
import type { WatchedLoads } from "./watched-loads.ts";
import type { WatchedQueue } from "./watched-queue.ts";

export interface Accounts {
  readonly callers: WatchedCallers;
  readonly loads: WatchedLoads;
  readonly queue: WatchedQueue;
  readonly calls: WatchedCalls;
}

export function checkStats(
  batcher: Batcher<Key, Value>,
  { proof, limits, state }: Situation,
  { callers, loads, queue, calls }: Accounts,
): void {
  const stats = batcher.stats();
  const { totals } = stats;
  const is = (name: string, given: number, expected: number) =>
    proof.holds(6, given === expected, `stats: ${given} ${name}, but ${expected} by this account`);
  const ended = (outcome: Outcome) => callers.totals.get(outcome) ?? 0;

  proof.holds(10, stats.state === state, `stats: ${stats.state}, but ${state} by this account`);
  is("waitingKeys", stats.waitingKeys, queue.size);
  is("waitingCallers", stats.waitingCallers, callers.waitingCount);
  is("pendingCallers", stats.pendingCallers, callers.open.size);
  is("runningBatches", stats.runningBatches, calls.running.length);
  is("loads", totals.loads, loads.count);
  is("shared", totals.shared, loads.shared);
  is("answered", totals.answered, ended("answered") + ended("hit"));
  is("cacheHits", totals.cacheHits, ended("hit"));
  is("failed", totals.failed, ended("failed"));
  is("timedOut", totals.timedOut, ended("timedOut"));
  is("left", totals.left, ended("left"));
  is("refused", totals.refused, ended("refused"));
  is("shutOut", totals.shutOut, ended("shutOut"));
  is("rejected", totals.rejected, ended("rejected"));
  is("tooHeavy", totals.tooHeavy, ended("tooHeavy"));
  is("batches", totals.batches, calls.started);
  is("batchedKeys", totals.batchedKeys, calls.startedKeys);
  const unsure = calls.running.reduce((sum, batch) => sum + batch.calls - 1, 0);
  is(
    "extraCalls",
    Math.max(totals.extraCalls - unsure, Math.min(totals.extraCalls, calls.extraCalls)),
    calls.extraCalls,
  );
  is("abandoned", totals.abandoned, calls.abandoned);
  for (const reason of ["size", "weight", "delay", "urgent", "drain"] as const) {
    is(`batches by ${reason}`, totals.batchesByReason[reason], queue.reasons.get(reason) ?? 0);
  }

  const partitions = new Set(queue.partitions);
  for (const { context } of calls.running) partitions.add(context.partition);
  partitions.delete("");
  // The nameless one stays, once it has been used.
  const isRight = stats.partitions === partitions.size || stats.partitions === partitions.size + 1;
  proof.holds(6, isRight, `stats: ${stats.partitions} partitions, but ${partitions.size} have keys`);
  for (const [name, limit] of Object.entries(limits)) {
    const given = Object.entries(batcher.limits).find(([other]) => other === name)?.[1];
    proof.holds(4, given === limit, `limits: ${name} is ${given}, but was set to ${limit}`);
  }
}
