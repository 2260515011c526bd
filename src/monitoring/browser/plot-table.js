// The numbers of a plot as a table, for who cannot see the plot, or wants to read them.

import { html, setText } from "./dom.js";
import { clock, NOTHING } from "./format.js";

/** @import { Column } from "./plot-data.js" */
/** @import { Series } from "./plot-options.js" */

/**
 * @callback Rows texts of the rows that numbers make
 * @param {readonly number[]} xs
 * @param {readonly Column[]} columns
 * @param {readonly Series[]} series
 * @returns {readonly (readonly string[])[]}
 */

const SECONDS_OF_ROW = 30;

/**
 * Filled only while it is open.
 *
 * @param {{ heading: string, rows: Rows }} over what the first column is of
 * @param {readonly Series[]} series
 */
export function createTable({ heading, rows: rowsOf }, series) {
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
        ...[heading, ...series.map(({ words }) => words)].map((words) => html("th", { scope: "col" }, words)),
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
     */
    show(xs, columns) {
      rows = () => rowsOf(xs, columns, series);
      fill();
    },
  };
}

/**
 * A row for each x that has a number.
 *
 * @param {(x: number, xs: readonly number[]) => string} wordsOf
 * @returns {Rows}
 */
export function byX(wordsOf) {
  return (xs, columns, series) => {
    const rows = xs.map((x, index) => ({
      words: wordsOf(x, xs),
      numbers: columns.map((column) => column[index] ?? null),
    }));
    return rows
      .filter(({ numbers }) => numbers.some((number) => number !== 0 && number !== null))
      .map(({ words, numbers }) => [words, ...numbers.map((number, place) => said(number, series[place]))]);
  };
}

/**
 * Means of half minutes; the last one first.
 *
 * @type {Rows}
 */
export function byHalfMinute(xs, columns, series) {
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
