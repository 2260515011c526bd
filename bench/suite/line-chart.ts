// Lines over an axis that counts in tens, both axes logarithmic: what grows in proportion is straight, what stays is flat.

import { short } from "./markdown.ts";
import { element, picture, text, widthOf } from "./svg.ts";

interface Line {
  readonly label: string;
  readonly points: readonly Point[];
  readonly isOurs: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const WIDTH = 760;
const HEIGHT = 380;
const TOP = 70;
const BOTTOM = 330;
const LEFT = 60;
/** Between the axis and what is written at the first point. */
const INSET = 30;
/** Between two names of lines, one below the other. */
const LEADING = 18;

/** @param unit of the axis from left to right; that of the other one is in the subtitle. */
export function lineChart(title: string, subtitle: string, unit: string, lines: readonly Line[]): string {
  const right = WIDTH - Math.max(...lines.map(({ label }) => widthOf(label))) - 30;
  const points = lines.flatMap(({ points }) => points);
  const xs = decades(points.map(({ x }) => x));
  const ys = decades(points.map(({ y }) => y));
  const across = axis(xs, LEFT + INSET, right);
  const up = axis(ys, BOTTOM, TOP);
  const grid = [
    ...ys.flatMap((y) => [
      element("line", { x1: LEFT, x2: right, y1: up(y), y2: up(y), class: "grid" }),
      text(LEFT - 8, up(y) + 4, y.toLocaleString("en-US"), { "text-anchor": "end", class: "muted" }),
    ]),
    ...xs.map((x) =>
      text(across(x), BOTTOM + 20, x.toLocaleString("en-US"), { "text-anchor": "middle", class: "muted" }),
    ),
    text((LEFT + INSET + right) / 2, BOTTOM + 42, unit, { "text-anchor": "middle", class: "muted" }),
  ];
  const drawn = lines.flatMap(({ points, isOurs }) => {
    const path = points.map(({ x, y }) => `${across(x)},${up(y)}`).join(" ");
    return [
      element("polyline", { points: path, class: isOurs ? "line ours" : "line" }),
      ...points.flatMap(({ x, y }) => [
        element("circle", { cx: across(x), cy: up(y), r: 4, class: isOurs ? "ours" : "reference" }),
        // Above the upper line and below the lower one, where nothing else is.
        text(across(x), up(y) + (isUpper(lines, x, y) ? -10 : 20), short(y), { "text-anchor": "middle" }),
      ]),
    ];
  });
  return picture(WIDTH, HEIGHT, `${title}. ${subtitle}`, [
    text(0, 18, title, { class: "title" }),
    text(0, 38, subtitle, { class: "muted" }),
    ...grid,
    ...drawn,
    ...named(lines, up).map(({ label, y }) => text(right + 24, y, label)),
  ]);
}

/** Each line's name beside its last point, or lower where another name is. */
function named(
  lines: readonly Line[],
  up: (number: number) => number,
): readonly { label: string; y: number }[] {
  let free = 0;
  return lines
    .map(({ label, points }) => ({ label, y: up(points.at(-1)?.y ?? 1) + 4 }))
    .sort((one, other) => one.y - other.y)
    .map(({ label, y }) => {
      const placed = Math.max(y, free);
      free = placed + LEADING;
      return { label, y: placed };
    });
}

function isUpper(lines: readonly Line[], x: number, y: number): boolean {
  return lines.flatMap(({ points }) => points).every((other) => other.x !== x || other.y <= y);
}

/** The powers of ten from the one below the least to the one above the most. */
function decades(numbers: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...numbers)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...numbers))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** From a number to its place between two pixels, in whole ones. */
function axis(decades: readonly number[], from: number, to: number): (number: number) => number {
  const first = Math.log10(decades[0] ?? 1);
  const span = Math.log10(decades.at(-1) ?? 10) - first;
  return (number) => Math.round(from + ((Math.log10(number) - first) / span) * (to - from));
}
