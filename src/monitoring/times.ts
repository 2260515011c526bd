// How long things take: percentiles of each second, and of the last minute.

import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Percentiles } from "./frames.ts";

/** Microseconds are recorded: half a millisecond is a long time for a batch function. */
const PER_MS = 1_000;

/** An hour. What takes longer is counted as this. */
const LONGEST = 3_600_000 * PER_MS;

/** Two significant figures: off by 1% at most, and 44 KB each, as measured. */
const FIGURES = 2;

const SECONDS_OF_SLICE = 10;
const SLICES_OF_MINUTE = 6;

const newHistogram = (): RecordableHistogram =>
  createHistogram({ lowest: 1, highest: LONGEST, figures: FIGURES });

/** To add slices up in, in one go. */
const minute = newHistogram();

/** Percentiles cannot be added up: the minute is kept in slices of ten seconds, of which the oldest is dropped. */
export class RecentTimes {
  readonly #second = newHistogram();
  readonly #slices = [newHistogram()];
  #secondsOfSlice = 0;

  record(ms: number): void {
    this.#second.record(Math.min(LONGEST, Math.max(1, Math.round(ms * PER_MS))));
  }

  /** Ends a second and gives its percentiles. */
  endSecond(): Percentiles {
    const ended = percentilesOf(this.#second);
    const [slice] = this.#slices;
    if (ended !== null) slice?.add(this.#second);
    this.#second.reset();
    this.#secondsOfSlice += 1;
    if (this.#secondsOfSlice === SECONDS_OF_SLICE) this.#turn();
    return ended;
  }

  /** Those of the last 50 to 60 seconds that have ended. */
  ofMinute(): Percentiles {
    minute.reset();
    for (const slice of this.#slices) if (slice.count > 0) minute.add(slice);
    return percentilesOf(minute);
  }

  #turn(): void {
    this.#secondsOfSlice = 0;
    const oldest = this.#slices.length === SLICES_OF_MINUTE ? this.#slices.pop() : undefined;
    oldest?.reset();
    this.#slices.unshift(oldest ?? newHistogram());
  }
}

function percentilesOf(histogram: RecordableHistogram): Percentiles {
  if (histogram.count === 0) return null;
  return [histogram.percentile(50) / PER_MS, histogram.percentile(99) / PER_MS];
}
