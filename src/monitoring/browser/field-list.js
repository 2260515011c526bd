// All batched fields, small: each with how full its vehicle is. One of them is looked at closely.

import { html, setAttributes, setText } from "./dom.js";
import { short, whole } from "./format.js";

/** @import { FieldNow } from "../frames.ts" */
/** @import { Shown } from "./app.js" */

/** Fewer are found by eye. */
const LEAST_TO_FILTER = 8;

/** For the rate: long enough not to flicker, short enough to be now. */
const RECENT_SECONDS = 5;

/**
 * Where a field is, on the page: it may have any name (`words of mine`).
 *
 * @param {string} name
 */
export function addressOf(name) {
  return `#${encodeURIComponent(name)}`;
}

/** @param {HTMLElement} nav */
export function createFieldList(nav) {
  /** @type {Map<string, ReturnType<typeof createEntry>>} */
  let entries = new Map();
  const filter = html("input", { type: "search", placeholder: "Find a field", "aria-label": "Find a field" });
  filter.addEventListener("input", () => {
    for (const [name, { element }] of entries) {
      element.hidden = !name.toLowerCase().includes(filter.value.toLowerCase());
    }
  });
  return {
    /** @param {readonly string[]} names */
    setFields(names) {
      if (names.length === entries.size && names.every((name) => entries.has(name))) return;
      entries = new Map(names.map((name) => [name, createEntry(name)]));
      const list = html("ul", {}, ...[...entries.values()].map(({ element }) => element));
      filter.value = "";
      nav.replaceChildren(...(names.length >= LEAST_TO_FILTER ? [filter, list] : [list]));
      nav.hidden = names.length < 2;
    },
    /**
     * @param {Shown} shown
     * @param {string} selected
     */
    show({ live, seconds }, selected) {
      const recent = seconds.slice(-RECENT_SECONDS);
      const ms = recent.reduce((sum, second) => sum + second.ms, 0);
      for (const [name, entry] of entries) {
        const now = live.get(name);
        const keys = recent.reduce((sum, { fields }) => sum + (fields.get(name)?.keys ?? 0), 0);
        if (now !== undefined) entry.show(now, ms === 0 ? 0 : (keys * 1_000) / ms, name === selected);
      }
    },
  };
}

/** @param {string} name */
function createEntry(name) {
  const link = html("a", { href: addressOf(name) });
  const level = html("span", { class: "level" });
  const seats = html("span", { class: "seats" });
  const rate = html("span", { class: "rate" });
  link.append(
    html("span", { class: "name" }, name),
    html("span", { class: "gauge", "aria-hidden": "true" }, level),
    html("span", { class: "small" }, seats, rate),
  );
  return {
    element: html("li", {}, link),
    /**
     * @param {FieldNow} now
     * @param {number} perSecond
     * @param {boolean} isSelected
     */
    show({ filling, limits, runningBatches }, perSecond, isSelected) {
      const max = limits.maxBatchSize;
      const keys = filling?.keys ?? 0;
      level.style.inlineSize = `${Math.min(100, (keys * 100) / max)}%`;
      setAttributes(link, { "data-full": keys >= max, "aria-current": isSelected });
      const more = keys > max ? ` +${whole(keys - max)}` : "";
      const running = runningBatches > 0 ? `, ${whole(runningBatches)} running` : "";
      setText(seats, `${whole(Math.min(keys, max))} of ${whole(max)}${more}${running}`);
      setText(rate, `${short(perSecond)}/s`);
    },
  };
}
