// The batch of a field that fills: how many keys have taken a seat, and when it leaves.

import { html, setText } from "./dom.js";
import { counted, short, time, whole } from "./format.js";
import { createVehicle } from "./vehicle.js";

/** @import { FieldNow } from "../frames.ts" */

/** @param {string} name */
export function createFilling(name) {
  const place = html("div", { class: "road" });
  const taken = html("strong", { "data-figure": "taken" });
  const leaves = html("span", { "data-figure": "leaves" });
  const left = html("span", { class: "left" });
  const mark = html("i", { class: "mark", "aria-hidden": "true" });
  const words = html("span", { "data-figure": "beside" });
  const beside = html("p", { class: "small" }, mark, words);
  /** @type {ReturnType<typeof createVehicle> | undefined} */
  let vehicle;
  return {
    element: html(
      "section",
      { class: "panel filling" },
      html("h3", {}, "Filling"),
      html("p", { class: "lead" }, taken, leaves),
      place,
      html("div", { class: "countdown", "aria-hidden": "true" }, left),
      beside,
    ),
    /**
     * @param {FieldNow} now
     * @param {number | null} mean
     */
    show(now, mean) {
      const { filling, limits } = now;
      const seats = limits.maxBatchSize;
      if (vehicle?.seats !== seats) {
        vehicle = createVehicle(seats, name.split(".").at(-1) ?? name);
        place.replaceChildren(vehicle.drawing);
      }
      const keys = filling?.keys ?? 0;
      vehicle.show(keys, mean);
      setText(taken, `${whole(Math.min(keys, seats))} of ${counted(seats, "key")}`);
      setText(leaves, leavesWhen(now));
      const share = filling === null ? 0 : Math.min(1, filling.dueInMs / (limits.maxDelayMs || 1));
      left.style.inlineSize = `${share * 100}%`;
      const text = whatElse(now);
      mark.hidden = text !== "" || mean === null;
      setText(words, mark.hidden ? text : `Mean of the last minute: ${short(mean ?? 0)} keys`);
    },
  };
}

/** @param {FieldNow} now */
function leavesWhen({ filling, limits, runningBatches, state }) {
  if (state !== "open") return "shuts down";
  if (filling === null) return "no key waits";
  const isFree = runningBatches < limits.concurrency;
  if (filling.dueInMs === 0 || filling.keys >= limits.maxBatchSize)
    return isFree ? "leaves now" : "waits for a slot";
  return `leaves in ${filling.dueInMs >= 10_000 ? time(Math.ceil(filling.dueInMs / 1_000) * 1_000) : time(filling.dueInMs)}`;
}

/** @param {FieldNow} now */
function whatElse({ filling, limits }) {
  const more = (filling?.keys ?? 0) - limits.maxBatchSize;
  const weight =
    filling !== null && limits.maxBatchWeight !== null
      ? `Weight ${whole(filling.weight)} of ${whole(limits.maxBatchWeight)}. `
      : "";
  return more > 0 ? `${weight}${counted(more, "key")} more for the batches after it.` : weight;
}
