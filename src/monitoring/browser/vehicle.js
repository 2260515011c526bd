// The vehicle of a field: a small bus whose seats fill. A drawing alone: what it shows is said in words beside it.

import { setAttributes, svg } from "./dom.js";

/** More seats than these are no seats any more: the whole window fills in proportion. */
const MOST_SEATS = 40;
const SEATS_OF_ROW = 10;

/** Where the passengers' windows are, in the drawing's own units. */
const CABIN = { x: 22, y: 50, width: 300, height: 46 };
const GAP = 3;

/** As many as fit on the board. */
const MOST_LETTERS = 30;

/**
 * @param {number} seats `maxBatchSize`
 * @param {string} sign what stands over the windscreen
 */
export function createVehicle(seats, sign) {
  const cabin = seats > MOST_SEATS ? crowd(seats) : rows(seats);
  const mean = svg("path", { class: "mean", d: "M-5,8 L0,0 L5,8 Z" });
  const drawing = svg(
    "svg",
    { class: "vehicle", viewBox: "0 0 412 146", "aria-hidden": "true", focusable: "false" },
    svg("ellipse", { class: "shadow", cx: 200, cy: 138, rx: 188, ry: 6 }),
    svg("path", {
      class: "body",
      d: "M24,16 H346 Q372,16 380,36 L394,74 Q398,86 398,98 V112 Q398,122 388,122 H20 Q8,122 8,110 V32 Q8,16 24,16 Z",
    }),
    svg("rect", { class: "band", x: 8, y: 106, width: 390, height: 5 }),
    svg("rect", { class: "board", x: 22, y: 23, width: 300, height: 20, rx: 4 }),
    signOf(sign),
    svg("path", { class: "pane", d: "M336,50 H370 L384,88 Q385,96 377,96 H336 Z" }),
    svg("rect", { class: "lamp", x: 388, y: 99, width: 10, height: 8, rx: 3 }),
    cabin.drawing,
    mean,
    wheel(84),
    wheel(318),
  );
  return {
    drawing,
    seats,
    /**
     * @param {number} taken
     * @param {number | null} meanTaken with how many it leaves on average
     */
    show(taken, meanTaken) {
      cabin.show(Math.min(taken, seats));
      setAttributes(drawing, { "data-full": taken >= seats });
      const x = CABIN.x + (CABIN.width * (meanTaken ?? 0)) / seats;
      setAttributes(mean, { transform: `translate(${Math.round(x)}, ${CABIN.y + CABIN.height + 1})` });
      setAttributes(mean, { visibility: meanTaken === null ? "hidden" : "visible" });
    },
  };
}

/** @param {string} text */
function signOf(text) {
  const sign = svg("text", { class: "sign", x: CABIN.x + 10, y: 38 });
  sign.textContent = text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;
  return sign;
}

/** @param {number} seats each with a window of its own */
function rows(seats) {
  const rowCount = seats > SEATS_OF_ROW ? 2 : 1;
  const columns = Math.ceil(seats / rowCount);
  // Two keys ride in a small bus, not in a hall.
  const width = Math.min(CABIN.width / columns, 60);
  const height = CABIN.height / rowCount;
  const windows = Array.from({ length: seats }, (_, index) => {
    const [x, y] = [Math.floor(index / rowCount) * width, (index % rowCount) * height];
    return seat(CABIN.x + x, CABIN.y + y, width - GAP, height - GAP);
  });
  return {
    drawing: svg("g", {}, ...windows),
    /** @param {number} taken */
    show(taken) {
      for (const [index, window] of windows.entries()) setAttributes(window, { "data-taken": index < taken });
    },
  };
}

/**
 * A window, and who sits behind it.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function seat(x, y, width, height) {
  const [middle, bottom, unit] = [x + width / 2, y + height, Math.min(width, height) / 10];
  return svg(
    "g",
    { class: "seat" },
    svg("rect", { class: "pane", x, y, width, height, rx: Math.min(4, unit * 2) }),
    svg("circle", { class: "passenger", cx: middle, cy: bottom - unit * 5.6, r: unit * 2 }),
    svg("path", {
      class: "passenger",
      d: `M${middle - unit * 3.4},${bottom} a${unit * 3.4},${unit * 3.2} 0 0 1 ${unit * 6.8},0 Z`,
    }),
  );
}

/** @param {number} seats too many to draw */
function crowd(seats) {
  const { x, y, width, height } = CABIN;
  const full = svg("rect", { class: "filled", x, y, width: 0, height, rx: 5 });
  const quarters = [1, 2, 3].map((part) =>
    svg("line", {
      class: "quarter",
      x1: x + (part * width) / 4,
      x2: x + (part * width) / 4,
      y1: y,
      y2: y + height,
    }),
  );
  return {
    drawing: svg("g", {}, svg("rect", { class: "pane", x, y, width, height, rx: 5 }), full, ...quarters),
    /** @param {number} taken */
    show(taken) {
      setAttributes(full, { width: Math.round((width * taken * 10) / seats) / 10 });
    },
  };
}

/** @param {number} cx */
function wheel(cx) {
  return svg(
    "g",
    {},
    svg("circle", { class: "tyre", cx, cy: 122, r: 16 }),
    svg("circle", { class: "hub", cx, cy: 122, r: 6 }),
  );
}
