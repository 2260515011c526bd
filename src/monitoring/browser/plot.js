// One plot: drawn by uPlot, in the colours of the page, with a legend that says the numbers, and a table of them.

import uPlot from "uplot";
import { html, setAttributes, setText } from "./dom.js";
import { clock, NOTHING } from "./format.js";
import { SHOWN_MS } from "./history.js";
import { createTable } from "./plot-table.js";

/** @import { Column } from "./plot-data.js" */

/**
 * @typedef {object} Series
 * @property {string} words
 * @property {string} color a custom property of page.css
 * @property {(value: number) => string} format
 * @property {boolean} [isFilled]
 * @property {boolean} [isBar]
 *
 * @typedef {object} PlotOptions
 * @property {string} title
 * @property {readonly Series[]} series
 * @property {boolean} [isStacked] each column is with all those before it
 * @property {boolean} [isOfSizes] the columns are over sizes of batches, and not over time
 * @property {number} [max] of the scale
 * @property {string} [unit] behind the numbers of the scale
 */

const HEIGHT = 170;
const X_AXIS_HEIGHT = 28;

/** There is no half a batch. */
const WHOLE_STEPS = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();

/** Where nothing was, a scale from 0 to 1 and not to infinity. */
const LEAST_SCALE = 1;

const LEAST_SHOWN_S = 60;

const FONT = "12px system-ui, sans-serif";

/** @param {string} name */
function colorOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {PlotOptions} options */
export function createPlot({ title, series, isStacked = false, isOfSizes = false, max, unit = "" }) {
  const values = series.map(({ words, color }) => {
    const swatch = html("i", { "aria-hidden": "true" });
    swatch.style.setProperty("--color", `var(${color})`);
    const value = html("b");
    return { value, entry: html("li", {}, swatch, `${words} `, value) };
  });
  const place = html("div", { class: "canvas", role: "img" });
  const at = html("span", { class: "at" });
  const table = createTable(isOfSizes ? "Size" : "Half minute", series);
  const element = html(
    "figure",
    { class: "plot" },
    html(
      "figcaption",
      {},
      html("h4", {}, title, at),
      html("ul", { class: "legend" }, ...values.map(({ entry }) => entry)),
    ),
    place,
    table.element,
  );

  /** @type {number[]} */
  let xs = [];
  /** As they are said: not stacked. @type {readonly Column[]} */
  let columns = [];
  /** @type {(x: number) => string} */
  let wordsOfX = (x) => clock(x * 1_000);

  /** The numbers under the pointer, or the last ones; of sizes there is no last one, but all of them. */
  const say = () => {
    const pointed = plot.cursor.idx;
    const isPointed = pointed !== null && pointed !== undefined && pointed < xs.length;
    const index = isPointed ? pointed : xs.length - 1;
    const x = xs[index];
    setText(at, isPointed && x !== undefined ? wordsOfX(x) : "");
    const isEmpty = columns.every((column) => sumOf(column) === 0);
    for (const [place, { value, entry }] of values.entries()) {
      const column = columns[place] ?? [];
      // Most reasons are rare.
      entry.hidden = isStacked && !isEmpty && sumOf(column) === 0;
      const number = isOfSizes && !isPointed ? sumOf(column) : column[index];
      setText(
        value,
        number === null || number === undefined ? NOTHING : (series[place]?.format(number) ?? ""),
      );
    }
  };

  const plot = new uPlot(
    {
      width: 320,
      height: HEIGHT,
      padding: [8, isOfSizes ? 8 : 26, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: !isStacked && !isOfSizes }, y: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: {
          time: !isOfSizes,
          range: (_, low, high) => (isOfSizes ? [low - 0.5, high + 0.5] : lastMinutes(low)),
        },
        y: { range: (_, __, high) => [0, max ?? Math.max(LEAST_SCALE, (high ?? 0) * 1.1)] },
      },
      axes: [
        {
          ...axis(),
          size: X_AXIS_HEIGHT,
          ...(isOfSizes
            ? { values: (_, sizes) => sizes.map((size) => (Number.isInteger(size) ? String(size) : "")) }
            : timeAxis()),
        },
        {
          ...axis(),
          size: 56,
          ...(isOfSizes ? { incrs: WHOLE_STEPS } : {}),
          values: (_, numbers) => numbers.map((number) => `${number.toLocaleString("en-US")}${unit}`),
        },
      ],
      // Stacked ones are drawn the highest first, so that each covers the foot of the one behind it.
      series: [{}, ...inDrawingOrder(series, isStacked).map((each) => line(each, isOfSizes))],
      hooks: { setCursor: [() => say()] },
    },
    undefined,
    place,
  );
  const observer = new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  });
  observer.observe(place);

  return {
    element,
    /**
     * @param {number[]} newXs seconds since 1970, or sizes
     * @param {readonly Column[]} drawn
     * @param {readonly Column[]} [said] the same, where they are not stacked
     * @param {(x: number) => string} [newWordsOfX]
     */
    show(newXs, drawn, said = drawn, newWordsOfX = wordsOfX) {
      xs = newXs;
      columns = said;
      wordsOfX = newWordsOfX;
      plot.setData([xs, ...inDrawingOrder(drawn, isStacked)]);
      say();
      setAttributes(place, {
        "aria-label": `${title}: ${spoken(series, said, isOfSizes)}. The table below has the numbers.`,
      });
      table.show(xs, said, isOfSizes ? wordsOfX : undefined);
    },
    redraw: () => plot.redraw(false),
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** @param {Column} column */
function sumOf(column) {
  return column.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0);
}

/**
 * From the first second that is known, so that a page that has just been opened is no empty one.
 *
 * @param {number} first
 * @returns {[number, number]}
 */
function lastMinutes(first) {
  const now = Date.now() / 1_000;
  return [Math.max(now - SHOWN_MS / 1_000, Math.min(first, now - LEAST_SHOWN_S)), now];
}

/**
 * @template Each
 * @param {readonly Each[]} all
 * @param {boolean} isStacked
 */
function inDrawingOrder(all, isStacked) {
  return isStacked ? all.toReversed() : [...all];
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

/** @returns {uPlot.Axis} */
function timeAxis() {
  return {
    incrs: [15, 30, 60, 120],
    space: 60,
    values: (_, times) =>
      times.map((at) => (at % 60 === 0 ? clock(at * 1_000).slice(0, 5) : clock(at * 1_000))),
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

/**
 * @param {Series} series
 * @param {boolean} isOfSizes
 * @returns {uPlot.Series}
 */
function line({ words, color, isFilled = false, isBar = false }, isOfSizes) {
  // Steps, as bars of a second each would leave hairlines between them.
  const paths = isOfSizes ? uPlot.paths.bars?.({ size: [0.8, 40] }) : uPlot.paths.stepped?.({ align: -1 });
  return {
    label: words,
    stroke: () => colorOf(color),
    width: isBar ? 0 : 1.75,
    points: { show: true, size: 4, fill: () => colorOf(color), filter: lonely },
    ...(isFilled ? { fill: () => `color-mix(in srgb, ${colorOf(color)} 14%, transparent)` } : {}),
    ...(isBar
      ? {
          fill: () => colorOf(color),
          points: { show: false },
          ...(paths === undefined ? {} : { paths }),
        }
      : {}),
  };
}

/**
 * @param {readonly Series[]} series
 * @param {readonly Column[]} columns
 * @param {boolean} isOfSizes
 */
function spoken(series, columns, isOfSizes) {
  return series
    .map(({ words, format }, place) => {
      const column = columns[place] ?? [];
      const numbers = column.filter((value) => value !== null);
      if (numbers.length === 0) return `${words}: nothing`;
      if (isOfSizes) return `${format(sumOf(column))} ${words}`;
      return `${words}: ${format(numbers.at(-1) ?? 0)} now, ${format(Math.min(...numbers))} to ${format(Math.max(...numbers))} before`;
    })
    .join("; ");
}
