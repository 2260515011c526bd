// One batched field, looked at closely: its vehicle, its slots, its queue, and what the last minutes were like.

import { createBays } from "./bays.js";
import { html, setAttributes, setText } from "./dom.js";
import { createFigures, createTotals } from "./figures.js";
import { createFilling } from "./filling.js";
import { counted, time, whole } from "./format.js";
import { createPlots } from "./plots.js";
import { howLong, stagesOf, whyNotFull } from "./verdict.js";
import { MINUTE_MS, sumOf } from "./window.js";

/** @import { FieldNow } from "../frames.ts" */
/** @import { PastSecond } from "./history.js" */

/**
 * @param {HTMLElement} section
 * @param {string} name
 * @param {string | null} graphiql
 */
export function createFieldView(section, name, graphiql) {
  const limits = html("p", { class: "limits" });
  const filling = createFilling(name);
  const bays = createBays();
  const queue = createQueue();
  const why = html("p", { "data-figure": "why" });
  const how = html("p", { "data-figure": "how" });
  const stages = html("div", { class: "stages", "aria-hidden": "true" });
  const figures = createFigures();
  const totals = createTotals();
  const plots = createPlots();
  const hint = html("p", { class: "note", hidden: true }, ...hintFor(name, graphiql));
  section.replaceChildren(
    html("div", { class: "heading" }, html("h2", { id: "field-name" }, name), limits),
    hint,
    html("div", { class: "stations" }, filling.element, bays.element, queue.element),
    html(
      "div",
      { class: "answers" },
      html("section", { class: "panel" }, html("h3", {}, "Why is my batch not full?"), why),
      html(
        "section",
        { class: "panel" },
        html("h3", {}, "How long did my request wait, and for what?"),
        how,
        stages,
      ),
    ),
    figures.element,
    plots.element,
    totals.element,
  );
  /** @type {import("./window.js").Sums | undefined} */
  let minute;
  return {
    name,
    /** @param {FieldNow} now */
    showNow(now) {
      setText(limits, limitsOf(now));
      const mean = minute === undefined || minute.batches === 0 ? null : minute.keys / minute.batches;
      filling.show(now, mean);
      bays.show(now);
      queue.show(now);
      totals.show(now);
      hint.hidden = now.totals.loads > 0;
    },
    /**
     * @param {readonly PastSecond[]} seconds
     * @param {FieldNow} now
     */
    showSeconds(seconds, now) {
      minute = sumOf(seconds, name, MINUTE_MS);
      setText(why, whyNotFull(minute, now));
      setText(how, howLong(now));
      showStages(stages, now);
      figures.show(minute, now);
      plots.show(seconds, name, now);
    },
    redraw: () => plots.redraw(),
    destroy: () => plots.destroy(),
  };
}

function createQueue() {
  const text = html("p", { class: "lead", "data-figure": "queue" });
  const bar = html("div", { class: "gauge", role: "meter", "aria-label": "Queue", "aria-valuemin": 0 });
  const level = html("span", { class: "level" });
  bar.append(level);
  const beside = html("p", { class: "small" });
  return {
    element: html("section", { class: "panel" }, html("h3", {}, "Waiting"), text, bar, beside),
    /** @param {FieldNow} now */
    show({ waitingCallers, waitingKeys, filling, limits }) {
      const max = limits.maxQueueSize;
      setText(text, `${counted(waitingCallers, "caller")} of ${whole(max)} at most`);
      level.style.inlineSize = `${Math.min(100, (waitingCallers * 100) / max)}%`;
      setAttributes(bar, {
        "aria-valuemax": max,
        "aria-valuenow": waitingCallers,
        "data-full": waitingCallers >= max,
      });
      const partitions = filling?.partitions ?? 0;
      const apart = partitions > 1 ? `, in ${counted(partitions, "partition")}` : "";
      setText(beside, `for ${counted(waitingKeys, "key")}${apart}`);
    },
  };
}

/**
 * @param {HTMLElement} bar
 * @param {FieldNow} now
 */
function showStages(bar, now) {
  const stages = stagesOf(now);
  bar.replaceChildren(
    ...stages.map(({ label, ms, color }) => {
      const part = html("span", {}, html("i"), `${time(ms)} ${label}`);
      part.style.setProperty("--color", `var(${color})`);
      part.style.flexGrow = String(ms);
      return part;
    }),
  );
}

/** @param {FieldNow} now */
function limitsOf({ limits, passesOn, state }) {
  const { maxBatchSize, maxDelayMs, concurrency, timeoutMs } = limits;
  const parts = passesOn
    ? [
        `messages to workers, of ${counted(maxBatchSize, "key")} at most`,
        `${counted(concurrency, "message")} on the way at most`,
        `answers within ${time(timeoutMs)}`,
      ]
    : [
        `leaves with ${counted(maxBatchSize, "key")}`,
        `or after ${time(maxDelayMs)}`,
        `${counted(concurrency, "slot")}`,
        `answers within ${time(timeoutMs)}`,
      ];
  return `${parts.join(" · ")}${state === "open" ? "" : ` · ${state}`}`;
}

/**
 * @param {string} name
 * @param {string | null} graphiql
 */
function hintFor(name, graphiql) {
  const text = `Nobody has asked for ${name} yet. Run a query that has it, and watch it ride`;
  return graphiql === null ? [`${text}.`] : [`${text}: `, html("a", { href: graphiql }, "in GraphiQL"), "."];
}
