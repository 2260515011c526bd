// Batch functions that compute nothing: they pass their keys on, to be batched elsewhere with those of other processes.

import type { BatchContext, BatchFunction } from "./batch-function.ts";
import type { Clock } from "./clock.ts";
import { OptionError } from "./errors.ts";
import { harmless } from "./harmless.ts";
import type { Limits, MutableLimits } from "./limits.ts";
import type { PendingKey } from "./pending-key.ts";
import type { Call } from "./runner.ts";
import type { ReleaseReason } from "./scheduler.ts";

/** The mark of such a batch function. Registered, so that two copies of Jitney know it. */
export const PASSES_ON = Symbol.for("jitney.passesOn");

/**
 * How often a key may be computed that is passed on, where something dies on its way:
 * - `at-least-once`: until it is answered, perhaps twice;
 * - `at-most-once`: once, or never; its callers get an error where nobody knows.
 */
export type Delivery = (typeof DELIVERIES)[number];

export const DELIVERIES = ["at-least-once", "at-most-once"] as const;

/** What such a function says of itself. */
export interface PassingOn {
  /** Undefined where nobody has said: right for what may be computed twice, and for nothing else. */
  readonly delivery: Delivery | undefined;
}

/** What such a function is told beside its keys. */
export interface PassingContext extends BatchContext {
  /** Milliseconds until the last of the callers gives up; 0 or more. */
  readonly msLeft: number;
  /** The shortest delay that one of the callers has asked for (`LoadOptions.maxDelayMs`). */
  readonly maxDelayMs: number | undefined;
  /** To be called before the key of this index is answered, for who watches (`BatchWatch.served`). */
  servedBy(index: number, batch: PassedBatch): void;
}

/** A batch elsewhere that keys from here have been part of. The same one is the same object, where that can be told. */
export interface PassedBatch {
  /** Its name where it ran, `upper#17`. */
  readonly id: string;
  /** Who ran it. */
  readonly worker: string;
  /** How many keys it held. */
  readonly size: number;
  /** Why it left. */
  readonly reason: ReleaseReason;
  /** How long the batch function ran, in milliseconds. */
  readonly runMs: number;
}

/** How many calls of such a function there are at once: while they are all out, keys wait and make fuller ones. */
export const MAX_PASSED_ON = 256;

/** What the function says of itself; undefined for one that computes. */
export function passingOn<K, V>(batchFunction: BatchFunction<K, V>): PassingOn | undefined {
  return PASSES_ON in batchFunction ? (batchFunction[PASSES_ON] as PassingOn) : undefined;
}

/** The hold is elsewhere: here is none but for the keys of one turn of the event loop, and nothing to have slots for. */
export function limitsOfPassingOn(limits: MutableLimits): MutableLimits {
  return { ...limits, maxDelayMs: 0, concurrency: MAX_PASSED_ON };
}

/** @param pendings the keys of this call of the function, in their order. */
export function passingContext<K, V>(
  context: BatchContext,
  call: Call<K, V>,
  pendings: readonly PendingKey<K, V>[],
  { timeoutMs }: Limits,
  clock: Clock,
): PassingContext {
  let [youngest, shortest] = [-Infinity, Infinity];
  // Not by Math.max of all: a key may have more callers than a function can have arguments.
  for (const { callers } of pendings) {
    for (const { loadedAt, maxDelayMs = Infinity } of callers) {
      youngest = Math.max(youngest, loadedAt);
      shortest = Math.min(shortest, maxDelayMs);
    }
  }
  return {
    ...context,
    msLeft: Math.max(0, youngest + timeoutMs - call.startedAt),
    maxDelayMs: shortest === Infinity ? undefined : shortest,
    servedBy(index, batch) {
      const { watch } = call;
      if (watch?.served === undefined) return;
      const startedAt = clock.now() - batch.runMs;
      for (const { origin, loadedAt } of pendings[index]?.callers ?? []) {
        const waitMs = Math.max(0, startedAt - loadedAt);
        if (origin !== undefined) harmless(() => watch.served?.({ origin, waitMs }, batch));
      }
    },
  };
}

/** @param option what the message shall begin with. */
export function checkDelivery(option: string, given: Delivery | undefined): Delivery | undefined {
  if (given === undefined || isDelivery(given)) return given;
  throw new OptionError(option, DELIVERIES.map((delivery) => JSON.stringify(delivery)).join(" or "), given);
}

export function isDelivery(given: unknown): given is Delivery {
  return DELIVERIES.some((delivery) => delivery === given);
}
