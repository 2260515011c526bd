// The numbers of a plot as a table, for who cannot see the plot, or wants to read them.

import { html, setText } from "./dom.js";
import { clock, NOTHING } from "./format.js";

/** @import { Series } from "./plot.js" */
/** @import { Column } from "./plot-data.js" */

const SECONDS_OF_ROW = 30;

/**
 * Filled only while it is open.
 *
 * @param {string} firstHeading
 * @param {readonly Series[]} series
 */
export function createTable(firstHeading, series) {
  const body = html("tbody");
  const table = html(
    "table",
    {},
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        ...[firstHeading, ...series.map(({ words }) => words)].map((words) =>
          html("th", { scope: "col" }, words),
        ),
      ),
    ),
    body,
  );
  const element = html(
    "details",
    {},
    html("summary", {}, "As a table"),
    html("div", { class: "scroll" }, table),
  );
  /** @type {() => readonly (readonly string[])[]} */
  let rows = () => [];
  const fill = () => {
    if (element.open) setRows(body, rows());
  };
  element.addEventListener("toggle", fill);
  return {
    element,
    /**
     * @param {readonly number[]} xs
     * @param {readonly Column[]} columns
     * @param {((x: number) => string) | undefined} wordsOfX undefined where it is a time
     */
    show(xs, columns, wordsOfX) {
      rows = () =>
        wordsOfX === undefined ? halfMinutes(xs, columns, series) : each(xs, columns, series, wordsOfX);
      fill();
    },
  };
}

/**
 * @param {readonly number[]} xs
 * @param {readonly Column[]} columns
 * @param {readonly Series[]} series
 * @param {(x: number) => string} wordsOfX
 */
function each(xs, columns, series, wordsOfX) {
  const rows = xs.map((x, index) => ({
    words: wordsOfX(x),
    numbers: columns.map((column) => column[index] ?? null),
  }));
  return rows
    .filter(({ numbers }) => numbers.some((number) => number !== 0 && number !== null))
    .map(({ words, numbers }) => [words, ...numbers.map((number, place) => said(number, series[place]))]);
}

/**
 * Means of half minutes; the last one first.
 *
 * @param {readonly number[]} xs
 * @param {readonly Column[]} columns
 * @param {readonly Series[]} series
 */
function halfMinutes(xs, columns, series) {
  const rows = [];
  for (let end = xs.length; end > 0; end -= SECONDS_OF_ROW) {
    const begin = Math.max(0, end - SECONDS_OF_ROW);
    const means = columns.map((column, place) => said(meanOf(column.slice(begin, end)), series[place]));
    rows.push([`${clock((xs[begin] ?? 0) * 1_000)} to ${clock((xs[end - 1] ?? 0) * 1_000)}, mean`, ...means]);
  }
  return rows;
}

/** @param {readonly (number | null)[]} numbers */
function meanOf(numbers) {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : known.reduce((sum, number) => sum + number, 0) / known.length;
}

/**
 * @param {number | null} number
 * @param {Series | undefined} series
 */
function said(number, series) {
  return number === null || series === undefined ? NOTHING : series.format(number);
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {readonly (readonly string[])[]} rows
 */
function setRows(body, rows) {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  for (const [index, texts] of rows.entries()) {
    const row = body.rows[index] ?? body.insertRow();
    while (row.cells.length < texts.length) {
      row.append(row.cells.length === 0 ? html("th", { scope: "row" }) : html("td"));
    }
    for (const [place, text] of texts.entries()) {
      const cell = row.cells[place];
      if (cell !== undefined) setText(cell, text);
    }
  }
}
