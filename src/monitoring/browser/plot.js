// One plot: drawn by uPlot, with a legend that says the numbers, and a table of them.

import uPlot from "uplot";
import { html, setAttributes, setText } from "./dom.js";
import { NOTHING } from "./format.js";
import { stacked, totalOf } from "./plot-data.js";
import { HEIGHT, inDrawingOrder, optionsOf } from "./plot-options.js";
import { createTable } from "./plot-table.js";

/** @import { Column } from "./plot-data.js" */
/** @import { PlotOptions, Series } from "./plot-options.js" */
/** @import { XAxis } from "./x-axis.js" */

/** @param {PlotOptions} options */
export function createPlot(options) {
  const { title, series, over, areBars = false } = options;
  const values = series.map(({ words, color }) => {
    const swatch = html("i", { "aria-hidden": "true" });
    swatch.style.setProperty("--color", `var(${color})`);
    const value = html("b");
    return { value, entry: html("li", {}, swatch, `${words} `, value) };
  });
  const place = html("div", { class: "canvas", role: "img" });
  const at = html("span", { class: "at" });
  const table = createTable(over, series);
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
  /** @type {readonly Column[]} */
  let columns = [];

  /** The numbers under the pointer, or those that stand for all. */
  const say = () => {
    const pointed = plot.cursor.idx ?? -1;
    const x = xs[pointed];
    setText(at, x === undefined ? "" : over.words(x, xs));
    const isEmpty = columns.every((column) => totalOf(column) === 0);
    for (const [place, { value, entry }] of values.entries()) {
      const column = columns[place] ?? [];
      // Most reasons are rare.
      entry.hidden = areBars && !isEmpty && totalOf(column) === 0;
      const number = x === undefined ? over.unpointed(column) : column[pointed];
      setText(
        value,
        number === null || number === undefined ? NOTHING : (series[place]?.format(number) ?? ""),
      );
    }
  };

  const plot = new uPlot(
    optionsOf(options, () => say()),
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
     * @param {number[]} newXs
     * @param {readonly Column[]} newColumns one for each series
     */
    show(newXs, newColumns) {
      xs = newXs;
      columns = newColumns;
      plot.setData([xs, ...inDrawingOrder(areBars ? stacked(columns) : columns, areBars)]);
      say();
      const spoken = series.map((each, place) => spokenOf(each, columns[place] ?? [], over)).join("; ");
      setAttributes(place, { "aria-label": `${title}: ${spoken}. The table below has the numbers.` });
      table.show(xs, columns);
    },
    redraw: () => plot.redraw(false),
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/**
 * @param {Series} series
 * @param {Column} column
 * @param {XAxis} over
 */
function spokenOf(series, column, over) {
  return column.every((value) => value === null) ? `${series.words}: nothing` : over.spoken(series, column);
}
