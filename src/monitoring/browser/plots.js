// What the plots of a field are of: the last minutes, each also as a table.

import { html } from "./dom.js";
import { counted, percent, short, time, whole } from "./format.js";
import { createPlot } from "./plot.js";
import { columnsOf, histogramOf, stacked } from "./plot-data.js";
import { REASONS } from "./reasons.js";
import { sumOf } from "./window.js";

/** @import { FieldNow } from "../frames.ts" */
/** @import { PastSecond } from "./history.js" */

/** @type {readonly import("./plot.js").Series[]} */
const TIMES = [
  { words: "half of them", color: "--full", format: time },
  { words: "99%", color: "--delay", format: time },
];

export function createPlots() {
  const keys = createPlot({
    title: "Keys and calls per second",
    series: [
      { words: "keys", color: "--full", format: short, isFilled: true },
      { words: "calls", color: "--delay", format: short },
    ],
  });
  const saved = createPlot({
    title: "Calls saved by batching",
    series: [{ words: "saved", color: "--full", format: (value) => percent(value / 100), isFilled: true }],
    max: 100,
    unit: "%",
  });
  const sizes = createPlot({
    title: "Batches by size",
    series: [{ words: "batches", color: "--full", format: whole, isBar: true }],
    isOfSizes: true,
  });
  const reasons = createPlot({
    title: "Batches per second, by why they left",
    series: REASONS.map(({ words, color }) => ({ words, color, format: short, isBar: true })),
    isStacked: true,
  });
  const wait = createPlot({ title: "Wait of a batch's oldest key", series: TIMES, unit: " ms" });
  const run = createPlot({ title: "Run of the batch function", series: TIMES, unit: " ms" });
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
      reasons.show(columns.times, stacked(columns.reasons), columns.reasons);
      wait.show(columns.times, columns.wait);
      run.show(columns.times, columns.run);
      const { from, step, counts } = histogramOf(sumOf(seconds, name).sizes, now.limits.maxBatchSize ?? 1);
      sizes.show(from, [counts], [counts], (size) =>
        step === 1 ? counted(size, "key") : `${whole(size)} to ${whole(size + step - 1)} keys`,
      );
    },
    redraw() {
      for (const plot of all) plot.redraw();
    },
    destroy() {
      for (const plot of all) plot.destroy();
    },
  };
}
