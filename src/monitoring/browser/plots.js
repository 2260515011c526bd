// What the plots of a field are of: the last minutes, each also as a table.

import { html } from "./dom.js";
import { percent, short, time, whole } from "./format.js";
import { createPlot } from "./plot.js";
import { columnsOf, histogramOf } from "./plot-data.js";
import { REASONS } from "./reasons.js";
import { sumOf } from "./window.js";
import { overSizes, overTime } from "./x-axis.js";

/** @import { FieldNow } from "../frames.ts" */
/** @import { PastSecond } from "./history.js" */

/** @type {readonly import("./plot-options.js").Series[]} */
const TIMES = [
  { words: "half of them", color: "--full", format: time },
  { words: "99%", color: "--delay", format: time },
];

export function createPlots() {
  const keys = createPlot({
    title: "Keys and calls per second",
    over: overTime,
    series: [
      { words: "keys", color: "--full", format: short, isFilled: true },
      { words: "calls", color: "--delay", format: short },
    ],
  });
  const saved = createPlot({
    title: "Calls saved by batching",
    over: overTime,
    series: [{ words: "saved", color: "--full", format: (value) => percent(value / 100), isFilled: true }],
    max: 100,
    unit: "%",
  });
  const sizes = createPlot({
    title: "Batches by size",
    over: overSizes,
    series: [{ words: "batches", color: "--full", format: whole }],
    areBars: true,
    // There is no half a batch.
    areWhole: true,
  });
  const reasons = createPlot({
    title: "Batches per second, by why they left",
    over: overTime,
    series: REASONS.map(({ words, color }) => ({ words, color, format: short })),
    areBars: true,
  });
  const wait = createPlot({
    title: "Wait of a batch's oldest key",
    over: overTime,
    series: TIMES,
    unit: " ms",
  });
  const run = createPlot({ title: "Run of the batch function", over: overTime, series: TIMES, unit: " ms" });
  const all = [keys, saved, sizes, reasons, wait, run];
  return {
    element: html(
      "section",
      { "aria-label": "The last five minutes" },
      html("h3", {}, "In the last five minutes"),
      html("div", { class: "plots" }, ...all.map(({ element }) => element)),
    ),
    /**
     * @param {readonly PastSecond[]} seconds
     * @param {string} name
     * @param {FieldNow} now
     */
    show(seconds, name, now) {
      const columns = columnsOf(seconds, name);
      keys.show(columns.times, [columns.keys, columns.calls]);
      saved.show(columns.times, [columns.saved]);
      reasons.show(columns.times, columns.reasons);
      wait.show(columns.times, columns.wait);
      run.show(columns.times, columns.run);
      const { from, counts } = histogramOf(sumOf(seconds, name).sizes, now.limits.maxBatchSize);
      sizes.show(from, [counts]);
    },
    redraw() {
      for (const plot of all) plot.redraw();
    },
    destroy() {
      for (const plot of all) plot.destroy();
    },
  };
}
