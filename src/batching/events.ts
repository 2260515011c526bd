// What a batcher tells about its batches and loads. It puts no key and no value into an event; an error may hold some.

import { EventEmitter } from "node:events";
import { harmlessly } from "./harmless.ts";
import type { ReleaseReason } from "./scheduler.ts";
import type { CallerOutcome } from "./stats.ts";

/** A batch that has left. */
export interface BatchStarted {
  /** The batcher's name and the batch's number, `upper#17`. */
  readonly id: string;
  /** The partition its keys are of; "" where none was given. */
  readonly partition: string;
  /** How many keys it holds. */
  readonly size: number;
  /** Why it left. */
  readonly reason: ReleaseReason;
  /** How long its oldest key had waited, in milliseconds. */
  readonly waitMs: number;
}

/**
 * How a call of the batch function ended:
 * - `answered`: it gave one value, or one Error, per key;
 * - `failed`: it threw, rejected, or gave a result of the wrong shape (some of its keys may have been answered all the
 *   same, where failures are isolated: see `failedKeys`);
 * - `aborted`: every caller that had no answer yet had left before it ended;
 * - `abandoned`: it went on for `abortGraceMs` after its signal was aborted, or until the end of a drain, and was given
 *   up.
 */
export type BatchOutcome = (typeof BATCH_OUTCOMES)[number];

export const BATCH_OUTCOMES = ["answered", "failed", "aborted", "abandoned"] as const;

/** A batch whose call has ended, or has been given up. */
export interface BatchEnded extends BatchStarted {
  /** How long the batch function ran, in milliseconds. */
  readonly runMs: number;
  readonly outcome: BatchOutcome;
  /** The Errors that the batch function gave in place of values, as they came. */
  readonly keyErrors: readonly Error[];
  /** What the batch function threw first, or what was wrong with its result; only where it `failed`. */
  readonly error: Error | undefined;
  /** How many keys have failed callers; where failures are isolated, that may be fewer than the batch held. */
  readonly failedKeys: number;
  /**
   * How often the batch function was called: once, and where failures are isolated for each part again; not at all where
   * every caller left as the batch started.
   */
  readonly calls: number;
}

/** A load that has its answer, or has been given up. */
export interface LoadEnded {
  readonly outcome: CallerOutcome;
  /** From the load to its answer, in milliseconds; 0 for one from the cache, and for one that was turned away at once. */
  readonly durationMs: number;
}

/** The events of a batcher, by name. */
export interface BatcherEvents {
  batchStart: [batch: BatchStarted];
  batchEnd: [batch: BatchEnded];
  /** Of every load exactly once, when its promise is settled. */
  loadEnd: [load: LoadEnded];
}

/** Tells a batcher's listeners, in nobody's async context. One that throws, or rejects, is warned of and harms nobody. */
export class BatcherEmitter extends EventEmitter<BatcherEvents> {
  /** Makes the event only if somebody listens. */
  tell<Name extends keyof BatcherEvents>(name: Name, event: () => BatcherEvents[Name][0]): void {
    if (this.listenerCount(name) > 0) this.tellEach(name, [event()]);
  }

  tellEach<Name extends keyof BatcherEvents>(name: Name, events: readonly BatcherEvents[Name][0][]): void {
    harmlessly((call) => {
      for (const event of events) {
        // Each for itself: `emit` would stop at the first that throws. Those who listen now: one may have gone meanwhile.
        for (const listener of this.rawListeners(name)) call(() => Reflect.apply(listener, this, [event]));
      }
    });
  }
}
