// The slots of a field as bays, and the batches that run in them.

import { html, setAttributes, setText } from "./dom.js";
import { counted, time, whole } from "./format.js";
import { wordsOf } from "./reasons.js";

/** @import { FieldNow } from "../frames.ts" */
/** @import { RunningBatch } from "../../batching/stats.ts" */

const MOST_BAYS = 12;

export function createBays() {
  const summary = html("p", { class: "lead", "data-figure": "slots" });
  const list = html("ol", { class: "bays" });
  const rest = html("p", { class: "small" });
  /** Which batch is in which bay: it stays there while others come and go. @type {(string | undefined)[]} */
  let taken = [];
  return {
    element: html("section", { class: "panel" }, html("h3", {}, "Running"), summary, list, rest),
    /** @param {FieldNow} now */
    show({ running, runningBatches, limits }) {
      const slots = limits.concurrency;
      // A lower `concurrency` than a moment ago lets go on what runs.
      const bays = Math.min(MOST_BAYS, Math.max(slots, running.length));
      taken = assign(taken, running, bays);
      setText(summary, `${whole(runningBatches)} of ${counted(slots, "slot")} taken`);
      while (list.children.length > bays) list.lastElementChild?.remove();
      while (list.children.length < bays) list.append(html("li"));
      for (const [index, bay] of [...list.children].entries()) {
        showBatch(
          bay,
          running.find(({ id }) => id === taken[index]),
        );
      }
      const hidden = Math.max(slots, runningBatches) - bays;
      setText(rest, hidden > 0 ? `and ${counted(hidden, "slot")} more` : "");
    },
  };
}

/**
 * @param {readonly (string | undefined)[]} before
 * @param {readonly RunningBatch[]} running
 * @param {number} bays
 */
function assign(before, running, bays) {
  const ids = new Set(running.map(({ id }) => id));
  const taken = Array.from({ length: bays }, (_, bay) => {
    const id = before[bay];
    return id !== undefined && ids.has(id) ? id : undefined;
  });
  for (const { id } of running) {
    const free = taken.indexOf(undefined);
    if (!taken.includes(id) && free >= 0) taken[free] = id;
  }
  return taken;
}

/**
 * @param {Element} bay
 * @param {RunningBatch | undefined} batch
 */
function showBatch(bay, batch) {
  setAttributes(bay, { "data-reason": batch?.reason ?? false });
  setText(bay, "");
  if (batch === undefined) {
    bay.append(html("span", { class: "free" }, "free"));
    return;
  }
  const { id, size, reason, runMs } = batch;
  bay.append(
    html("strong", {}, id.slice(id.lastIndexOf("#"))),
    html("span", {}, counted(size, "key")),
    html("span", {}, time(runMs)),
    html("span", { class: "small" }, wordsOf(reason)),
  );
}
