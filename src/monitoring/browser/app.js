// What the page knows, and when it shows it: with every frame, but not while it is paused, or nobody can see it.

import { byId, setAttributes, setText } from "./dom.js";
import { addressOf, createFieldList } from "./field-list.js";
import { createFieldView } from "./field-view.js";
import { History } from "./history.js";

/** @import { FieldNow, Hello, Now, Second } from "../frames.ts" */
/** @import { PastSecond } from "./history.js" */

/**
 * @typedef {object} Shown
 * @property {ReadonlyMap<string, FieldNow>} live
 * @property {readonly PastSecond[]} seconds
 */

export function createApp() {
  const main = byId("main", HTMLElement);
  const section = byId("field", HTMLElement);
  const link = byId("graphiql", HTMLAnchorElement);
  const list = createFieldList(byId("fields", HTMLElement));
  const worker = byId("worker", HTMLElement);
  let history = new History();
  /** @type {Hello} */
  let hello = { gathering: "", fields: [], graphiql: null, worker: null };
  /** @type {ReadonlyMap<string, FieldNow>} */
  let live = new Map();
  /** What stays on the page while it is paused. @type {Shown | undefined} */
  let paused;
  /** @type {ReturnType<typeof createFieldView> | undefined} */
  let view;
  let isDrawn = true;
  let hasNewSeconds = false;

  /** @returns {Shown} */
  const shown = () => paused ?? { live, seconds: history.seconds };

  const selected = () => {
    const wanted = hello.fields.find((name) => addressOf(name) === location.hash);
    if (wanted !== undefined) return wanted;
    return view !== undefined && hello.fields.includes(view.name) ? view.name : (hello.fields[0] ?? "");
  };

  const draw = () => {
    isDrawn = true;
    const name = selected();
    const now = shown().live.get(name);
    if (now === undefined) return;
    if (view?.name !== name) {
      view?.destroy();
      view = createFieldView(section, name, hello.graphiql);
      hasNewSeconds = true;
    }
    // The bar of the last minute's mean is drawn with what is now.
    if (hasNewSeconds) view.showSeconds(shown().seconds, now);
    hasNewSeconds = false;
    view.showNow(now);
    list.show(shown(), name);
  };

  /** Not for frames that come while the page is hidden: browsers call back when it is seen again. */
  const drawSoon = () => {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(draw);
  };

  addEventListener("hashchange", drawSoon);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view?.redraw());

  /** Each gets what the server sends with its event. @type {Record<string, (data: never) => void>} */
  const takers = {
    hello(/** @type {Hello} */ data) {
      // The last minutes of another process are not this one's.
      if (data.worker?.number !== hello.worker?.number) history = new History();
      hello = data;
      worker.hidden = data.worker === null;
      if (data.worker !== null)
        setText(worker, `Batches of worker ${data.worker.number} of ${data.worker.count} alone`);
      live = new Map();
      main.hidden = false;
      link.hidden = data.graphiql === null;
      if (data.graphiql !== null) setAttributes(link, { href: data.graphiql });
      list.setFields(data.fields);
      if (data.fields.length === 0) setText(section, "This server has no batched fields.");
    },
    seconds(/** @type {readonly Second[]} */ data) {
      history.add(hello, data);
      if (paused === undefined) hasNewSeconds = true;
    },
    now(/** @type {Now} */ { fields }) {
      const changed = Object.entries(fields).map(
        ([index, now]) => /** @type {const} */ ([hello.fields[Number(index)] ?? "", now]),
      );
      live = new Map([...live, ...changed]);
      if (paused === undefined) drawSoon();
    },
  };
  return {
    /**
     * @param {string} event
     * @param {unknown} data
     */
    take: (event, data) => takers[event]?.(/** @type {never} */ (data)),
    /** @param {boolean} isPaused */
    pause(isPaused) {
      paused = isPaused ? shown() : undefined;
      hasNewSeconds = true;
      drawSoon();
    },
  };
}
