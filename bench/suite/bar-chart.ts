// Bars, one below the other: a name before each, and what it says after it.

import { element, picture, text, widthOf } from "./svg.ts";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What is written after it. */
  readonly note: string;
  readonly kind: "ours" | "reference" | "bar";
}

const WIDTH = 760;
const TOP = 56;
const ROW = 26;
const BAR = 16;
const GAP = 10;

export function barChart(title: string, subtitle: string, bars: readonly Bar[]): string {
  const left = Math.max(...bars.map(({ label }) => widthOf(label))) + GAP;
  const right = Math.max(...bars.map(({ note }) => widthOf(note))) + GAP;
  const most = Math.max(...bars.map(({ value }) => value));
  const scale = (WIDTH - left - right) / most;
  const rows = bars.flatMap(({ label, value, note, kind }, index) => {
    const y = TOP + index * ROW;
    const baseline = y + BAR - 3;
    const width = Math.max(1, Math.round(value * scale));
    return [
      text(left - GAP, baseline, label, { "text-anchor": "end" }),
      element("rect", { x: left, y, width, height: BAR, rx: 2, class: kind }),
      text(left + width + GAP / 2, baseline, note, { class: "muted" }),
    ];
  });
  return picture(WIDTH, TOP + bars.length * ROW, `${title}. ${subtitle}`, [
    text(0, 18, title, { class: "title" }),
    text(0, 38, subtitle, { class: "muted" }),
    ...rows,
  ]);
}
