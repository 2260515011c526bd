// Tables and numbers in Markdown.

import type { Figure } from "./summary.ts";

/** @param rows of as many cells as there are columns; the first column is text, the others are numbers. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, index) => (index === 0 ? "---" : "--:"));
  return [line(columns), line(rule), ...rows.map(line)].join("\n");
}

/** With three digits that say something; thousands are grouped. */
export function short(number: number | undefined): string {
  if (number === undefined || Number.isNaN(number)) return "";
  if (number === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  const shown = { minimumFractionDigits: Math.min(digits, 2), maximumFractionDigits: Math.min(digits, 2) };
  return number.toLocaleString("en-US", shown);
}

/** The median, and between what it lies where that is known. */
export function withInterval({ median, low, high }: Figure): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return short(median);
  return `${short(median)} (${short(low)} to ${short(high)})`;
}

export function times(ratio: number | undefined): string {
  return ratio === undefined ? "" : `× ${short(ratio)}`;
}
