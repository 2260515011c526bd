// Lines over an axis that counts in tens, both axes logarithmic: what grows in proportion is straight, what stays is flat.

import { short } from "./markdown.ts";
import { element, picture, text, widthOf } from "./svg.ts";

export interface Line {
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

/** @param units of the two axes. */
export function lineChart(
  title: string,
  subtitle: string,
  units: readonly [x: string, y: string],
  lines: readonly Line[],
): string {
  const right = WIDTH - Math.max(...lines.map(({ label }) => widthOf(label))) - 30;
  const points = lines.flatMap(({ points }) => points);
  const xs = decades(points.map(({ x }) => x));
  const ys = decades(points.map(({ y }) => y));
  const across = axis(xs, LEFT, right);
  const up = axis(ys, BOTTOM, TOP);
  const grid = [
    ...ys.flatMap((y) => [
      element("line", { x1: LEFT, x2: right, y1: up(y), y2: up(y), class: "grid" }),
      text(LEFT - 8, up(y) + 4, y.toLocaleString("en-US"), { "text-anchor": "end", class: "muted" }),
    ]),
    ...xs.map((x) =>
      text(across(x), BOTTOM + 20, x.toLocaleString("en-US"), { "text-anchor": "middle", class: "muted" }),
    ),
    text((LEFT + right) / 2, BOTTOM + 42, units[0], { "text-anchor": "middle", class: "muted" }),
    text(0, TOP - 12, units[1], { class: "muted" }),
  ];
  const drawn = lines.flatMap(({ label, points, isOurs }) => {
    const path = points.map(({ x, y }) => `${across(x)},${up(y)}`).join(" ");
    const last = points.at(-1);
    return [
      element("polyline", { points: path, class: isOurs ? "line ours" : "line" }),
      ...points.flatMap(({ x, y }) => [
        element("circle", { cx: across(x), cy: up(y), r: 4, class: isOurs ? "ours" : "reference" }),
        // Above the upper line and below the lower one, where nothing else is.
        text(across(x), up(y) + (isUpper(lines, x, y) ? -10 : 20), short(y), { "text-anchor": "middle" }),
      ]),
      last === undefined ? "" : text(across(last.x) + 24, up(last.y) + 4, label),
    ];
  });
  return picture(WIDTH, HEIGHT, `${title}. ${subtitle}`, [
    text(0, 18, title, { class: "title" }),
    text(0, 38, subtitle, { class: "muted" }),
    ...grid,
    ...drawn,
  ]);
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
