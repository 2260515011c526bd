// The key figures of a field, and its totals.

import { html, setText } from "./dom.js";
import { counted, NOTHING, percent, short, time, timeOrNothing, whole } from "./format.js";
import { savedShare } from "./window.js";

/** @import { FieldNow, Percentiles } from "../frames.ts" */
/** @import { Sums } from "./window.js" */

/** @type {readonly { name: string, words: string, about: string }[]} */
const FIGURES = [
  { name: "rate", words: "Keys per second", about: "" },
  { name: "mean", words: "Mean batch", about: "" },
  { name: "saved", words: "Calls saved", about: "" },
  { name: "wait", words: "Wait", about: "of a batch's oldest key, until it left" },
  { name: "run", words: "Run", about: "of the batch function" },
  { name: "answer", words: "Answer", about: "from load to value, of each caller" },
];

export function createFigures() {
  const parts = FIGURES.map(({ name, words, about }) => ({
    name,
    value: html("strong", { "data-figure": name }),
    rest: html("span", { class: "small", "data-figure": `${name}-rest` }, about),
    words,
    about,
  }));
  const list = html("dl", { class: "figures" });
  for (const { words, about, value, rest } of parts) {
    const label = html("dt", about === "" ? {} : { title: about }, words);
    list.append(html("div", {}, label, html("dd", {}, value, rest)));
  }
  return {
    element: html(
      "section",
      { "aria-label": "Figures of the last minute" },
      html("h3", {}, "In the last minute"),
      list,
    ),
    /**
     * @param {Sums} minute
     * @param {FieldNow} now
     */
    show(minute, { times, limits }) {
      const texts = textsOf(minute, times, limits.maxBatchSize);
      for (const { name, value, rest } of parts) {
        const [main = "", beside = ""] = texts[name] ?? [];
        setText(value, main);
        setText(rest, beside);
      }
    },
  };
}

/**
 * @param {Sums} minute
 * @param {FieldNow["times"]} times
 * @param {number} maxBatchSize
 * @returns {Record<string, readonly [string, string]>}
 */
function textsOf(minute, times, maxBatchSize) {
  const { keys, batches, calls, ms } = minute;
  const saved = savedShare(minute);
  return {
    rate: [ms === 0 ? NOTHING : short((keys * 1_000) / ms), counted(keys, "key")],
    mean: [
      batches === 0 ? NOTHING : short(keys / batches),
      `of ${counted(maxBatchSize, "key")}, in ${counted(batches, "batch", "batches")}`,
    ],
    saved: [
      saved === null ? NOTHING : percent(saved),
      `${counted(calls, "call")} for ${counted(keys, "key")}`,
    ],
    wait: timesOf(times.wait),
    run: timesOf(times.run),
    answer: timesOf(times.answer),
  };
}

/**
 * @param {Percentiles} percentiles
 * @returns {readonly [string, string]}
 */
function timesOf(percentiles) {
  return [timeOrNothing(percentiles?.[0]), percentiles === null ? "" : `99%: ${time(percentiles[1])}`];
}

/** @type {readonly { name: keyof FieldNow["totals"], words: string, isTrouble?: boolean }[]} */
const TOTALS = [
  { name: "loads", words: "asked for" },
  { name: "shared", words: "joined an equal key" },
  { name: "cacheHits", words: "from the cache" },
  { name: "batchedKeys", words: "keys in batches" },
  { name: "batches", words: "batches" },
  { name: "extraCalls", words: "extra calls to isolate failures" },
  { name: "answered", words: "callers answered" },
  { name: "failed", words: "callers failed", isTrouble: true },
  { name: "timedOut", words: "callers timed out", isTrouble: true },
  { name: "refused", words: "callers refused: queue full", isTrouble: true },
  { name: "left", words: "callers left" },
  { name: "shutOut", words: "callers shut out", isTrouble: true },
  { name: "tooHeavy", words: "keys too heavy", isTrouble: true },
  { name: "rejected", words: "callers rejected", isTrouble: true },
  { name: "abandoned", words: "batches given up", isTrouble: true },
];

/** Those that are 0 in most servers for ever. */
const ALWAYS_SHOWN = new Set([
  "loads",
  "shared",
  "batchedKeys",
  "batches",
  "answered",
  "failed",
  "timedOut",
  "refused",
]);

export function createTotals() {
  const rows = TOTALS.map(({ name, words, isTrouble = false }) => ({
    name,
    isTrouble,
    value: html("dd", { "data-total": name }),
    row: html("div", {}, html("dt", {}, words)),
  }));
  for (const { row, value } of rows) row.append(value);
  return {
    element: html(
      "section",
      { class: "panel" },
      html("h3", {}, "Since the server started"),
      html("dl", { class: "totals" }, ...rows.map(({ row }) => row)),
    ),
    /** @param {FieldNow} now */
    show({ totals }) {
      for (const { name, value, row, isTrouble } of rows) {
        const count = Number(totals[name]);
        setText(value, whole(count));
        row.hidden = count === 0 && !ALWAYS_SHOWN.has(name);
        row.classList.toggle("trouble", isTrouble && count > 0);
      }
    },
  };
}
