// What a plot is over: the last minutes, or the sizes of batches. All that differs between the two is here.

import uPlot from "uplot";
import { clock, counted, whole } from "./format.js";
import { SHOWN_MS } from "./history.js";
import { totalOf } from "./plot-data.js";
import { byHalfMinute, byX } from "./plot-table.js";

/** @import { Column } from "./plot-data.js" */
/** @import { Series } from "./plot-options.js" */
/** @import { Rows } from "./plot-table.js" */

/**
 * @typedef {object} XAxis
 * @property {boolean} isTime
 * @property {(low: number, high: number) => [number, number]} range
 * @property {uPlot.Axis} axis
 * @property {number} marginRight in pixels
 * @property {() => uPlot.Series.PathBuilder | undefined} barPaths
 * @property {(x: number, xs: readonly number[]) => string} words
 * @property {(column: Column) => number | null | undefined} unpointed what is said of a column without a pointer
 * @property {(series: Series, column: Column) => string} spoken a column in one sentence; it has numbers
 * @property {string} heading of the table's first column
 * @property {Rows} rows of the table
 */

const LEAST_SHOWN_S = 60;

/** Seconds since 1970. @type {XAxis} */
export const overTime = {
  isTime: true,
  // From the first second that is known, so that a page that has just been opened is no empty one.
  range(first) {
    const now = Date.now() / 1_000;
    return [Math.max(now - SHOWN_MS / 1_000, Math.min(first, now - LEAST_SHOWN_S)), now];
  },
  axis: {
    incrs: [15, 30, 60, 120],
    space: 60,
    values: (_, times) =>
      times.map((at) => (at % 60 === 0 ? clock(at * 1_000).slice(0, 5) : clock(at * 1_000))),
  },
  marginRight: 26,
  // Steps, as bars of a second each would leave hairlines between them.
  barPaths: () => uPlot.paths.stepped?.({ align: -1 }),
  words: (at) => clock(at * 1_000),
  unpointed: (column) => column.at(-1),
  spoken({ words, format }, column) {
    const numbers = column.filter((value) => value !== null);
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    return `${words}: ${format(numbers.at(-1) ?? 0)} now, ${format(least)} to ${format(most)} before`;
  },
  heading: "Half minute",
  rows: byHalfMinute,
};

/** With how many keys batches left; where bars are of several sizes, the smallest of each. @type {XAxis} */
export const overSizes = {
  isTime: false,
  range: (low, high) => [low - 0.5, high + 0.5],
  axis: { values: (_, sizes) => sizes.map((size) => (Number.isInteger(size) ? String(size) : "")) },
  marginRight: 8,
  barPaths: () => uPlot.paths.bars?.({ size: [0.8, 40] }),
  words: wordsOfSize,
  // There is no last size, but all of them.
  unpointed: totalOf,
  spoken: ({ words, format }, column) => `${format(totalOf(column))} ${words}`,
  heading: "Size",
  rows: byX(wordsOfSize),
};

/**
 * Each bar is of as many sizes as the first.
 *
 * @param {number} size
 * @param {readonly number[]} sizes
 */
function wordsOfSize(size, [first = 1, second = first + 1]) {
  const last = size + (second - first) - 1;
  return last === size ? counted(size, "key") : `${whole(size)} to ${whole(last)} keys`;
}
