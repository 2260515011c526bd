// The last minutes of a field as columns of numbers.

import { REASONS } from "./reasons.js";
import { savedShare } from "./window.js";

/** @import { FieldSecond } from "../frames.ts" */
/** @import { PastSecond } from "./history.js" */

/** @typedef {(number | null)[]} Column */

/** So long between two seconds, nobody looked, or the connection was lost: a line across it would be a lie. */
const GAP_MS = 2_500;

/**
 * @param {readonly PastSecond[]} seconds
 * @param {string} name of the field
 */
export function columnsOf(seconds, name) {
  /** @type {number[]} */
  const times = [];
  /** @type {(FieldSecond | undefined | null)[]} */
  const rows = [];
  /** @type {number[]} */
  const spans = [];
  for (const [index, { at, ms, fields }] of seconds.entries()) {
    const before = seconds[index - 1];
    if (before !== undefined && at - before.at > Math.max(GAP_MS, ms + GAP_MS)) {
      times.push((at - ms) / 1_000);
      rows.push(null);
      spans.push(1);
    }
    times.push(at / 1_000);
    rows.push(fields.get(name));
    spans.push(ms);
  }
  /**
   * @param {(second: FieldSecond | undefined, ms: number) => number | null} numberIn
   * @returns {Column}
   */
  const column = (numberIn) =>
    rows.map((second, index) => (second === null ? null : numberIn(second, spans[index] ?? 1)));
  return {
    times,
    keys: column((second, ms) => ((second?.keys ?? 0) * 1_000) / ms),
    calls: column((second, ms) => ((second?.calls ?? 0) * 1_000) / ms),
    saved: column((second) => hundredths(second === undefined ? null : savedShare(second))),
    reasons: REASONS.map(({ reason }) =>
      column((second, ms) => ((second?.reasons[reason] ?? 0) * 1_000) / ms),
    ),
    wait: [0, 1].map((place) => column((second) => second?.times.wait?.[place] ?? null)),
    run: [0, 1].map((place) => column((second) => second?.times.run?.[place] ?? null)),
  };
}

/** @param {number | null} share */
function hundredths(share) {
  return share === null ? null : share * 100;
}

/**
 * Each column with all those before it: to be drawn one behind the other.
 *
 * @param {readonly Column[]} columns
 * @returns {Column[]}
 */
export function stacked(columns) {
  /** @type {Column[]} */
  const sums = [];
  for (const column of columns) {
    const below = sums.at(-1);
    sums.push(column.map((value, index) => (value === null ? null : value + (below?.[index] ?? 0))));
  }
  return sums;
}

/** @param {Column} column */
export function totalOf(column) {
  return column.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0);
}

/** More bars than these are no bars any more. */
const MOST_BARS = 64;

/**
 * How many batches left with how many keys, from 1 to the largest possible; where that is many, by ranges.
 *
 * @param {ReadonlyMap<number, number>} sizes
 * @param {number} maxBatchSize
 * @returns {{ from: number[], counts: number[] }} the smallest size of each range
 */
export function histogramOf(sizes, maxBatchSize) {
  const largest = Math.max(maxBatchSize, ...sizes.keys());
  const step = Math.ceil(largest / MOST_BARS);
  const counts = Array.from({ length: Math.ceil(largest / step) }, () => 0);
  for (const [size, count] of sizes) {
    const bar = Math.max(0, Math.ceil(size / step) - 1);
    counts[bar] = (counts[bar] ?? 0) + count;
  }
  return { from: counts.map((_, index) => index * step + 1), counts };
}
