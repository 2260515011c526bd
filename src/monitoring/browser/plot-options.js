// What uPlot is told of a plot: its scales, its axes, its lines and bars, in the colours of the page.

/** @import uPlot from "uplot" */
/** @import { XAxis } from "./x-axis.js" */

/**
 * @typedef {object} Series
 * @property {string} words
 * @property {string} color a custom property of page.css
 * @property {(value: number) => string} format
 * @property {boolean} [isFilled] below its line
 *
 * @typedef {object} PlotOptions
 * @property {string} title
 * @property {readonly Series[]} series
 * @property {XAxis} over
 * @property {boolean} [areBars] and no lines: each series stands on all those before it
 * @property {boolean} [areWhole] the numbers of the scale
 * @property {number} [max] of the scale
 * @property {string} [unit] behind the numbers of the scale
 */

export const HEIGHT = 170;
const X_AXIS_HEIGHT = 28;
const Y_AXIS_WIDTH = 56;

const WHOLE_STEPS = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();

/** Where nothing was, a scale from 0 to 1 and not to infinity. */
const LEAST_SCALE = 1;

const FONT = "12px system-ui, sans-serif";

/**
 * @param {PlotOptions} options
 * @param {() => void} onCursor
 * @returns {uPlot.Options}
 */
export function optionsOf({ series, over, areBars = false, areWhole = false, max, unit = "" }, onCursor) {
  return {
    width: 320,
    height: HEIGHT,
    padding: [8, over.marginRight, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: !areBars }, y: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: over.isTime, range: (_, low, high) => over.range(low, high) },
      y: { range: (_, __, high) => [0, max ?? Math.max(LEAST_SCALE, (high ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis(), size: X_AXIS_HEIGHT, ...over.axis },
      {
        ...axis(),
        size: Y_AXIS_WIDTH,
        ...(areWhole ? { incrs: WHOLE_STEPS } : {}),
        values: (_, numbers) => numbers.map((number) => `${number.toLocaleString("en-US")}${unit}`),
      },
    ],
    series: [{}, ...inDrawingOrder(series, areBars).map((each) => (areBars ? bars(each, over) : line(each)))],
    hooks: { setCursor: [() => onCursor()] },
  };
}

/**
 * Bars are drawn the highest first, so that each covers the foot of the one behind it.
 *
 * @template Each
 * @param {readonly Each[]} all
 * @param {boolean} areBars
 */
export function inDrawingOrder(all, areBars) {
  return areBars ? all.toReversed() : [...all];
}

/** @returns {uPlot.Axis} */
function axis() {
  return {
    font: FONT,
    stroke: () => colorOf("--muted"),
    grid: { stroke: () => colorOf("--line"), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
}

/**
 * @param {Series} series
 * @param {XAxis} over
 * @returns {uPlot.Series}
 */
function bars({ words, color }, over) {
  const paths = over.barPaths();
  return {
    label: words,
    stroke: () => colorOf(color),
    width: 0,
    fill: () => colorOf(color),
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  };
}

/**
 * @param {Series} series
 * @returns {uPlot.Series}
 */
function line({ words, color, isFilled = false }) {
  return {
    label: words,
    stroke: () => colorOf(color),
    width: 1.75,
    points: { show: true, size: 4, fill: () => colorOf(color), filter: lonely },
    ...(isFilled ? { fill: () => `color-mix(in srgb, ${colorOf(color)} 14%, transparent)` } : {}),
  };
}

/**
 * Where a batch leaves every few seconds, no line joins two numbers: each is a dot of its own.
 *
 * @param {uPlot} plot
 * @param {number} place
 */
function lonely(plot, place) {
  const column = plot.data[place] ?? [];
  const isNothing = (/** @type {number} */ index) => column[index] === null || column[index] === undefined;
  return [...column.keys()].filter(
    (index) => !isNothing(index) && isNothing(index - 1) && isNothing(index + 1),
  );
}

/** @param {string} name */
function colorOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
