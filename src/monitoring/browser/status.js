// Says how the page stands to the server: one line, spoken when it changes and not with every frame.

import { byId, setText } from "./dom.js";
import { clock, time } from "./format.js";

/** @import { ConnectionState } from "./connection.js" */

/** @param {() => void} onRetry */
export function createStatus(onRetry) {
  const status = byId("status", HTMLElement);
  const retryIn = byId("retry-in", HTMLElement);
  const retry = byId("retry", HTMLButtonElement);
  retry.addEventListener("click", onRetry);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  return {
    /**
     * @param {ConnectionState} state
     * @param {number | undefined} pausedAt
     */
    show(state, pausedAt) {
      clearInterval(timer);
      const isPaused = state.kind === "live" && pausedAt !== undefined;
      document.body.dataset.connection = isPaused ? "paused" : state.kind;
      setText(status, isPaused ? `Paused at ${clock(pausedAt)}` : wordsOf(state));
      retry.hidden = state.kind !== "lost";
      setText(retryIn, "");
      if (state.kind !== "lost") return;
      const count = () => setText(retryIn, untilRetry(state.retryAt));
      count();
      timer = setInterval(count, 500);
    },
  };
}

/** @param {ConnectionState} state */
function wordsOf(state) {
  switch (state.kind) {
    case "connecting":
      return "Connecting…";
    case "live":
      return "Live";
    case "refused":
      return "A token is needed";
    case "lost": {
      const why = state.message === "" ? "" : ` (${state.message})`;
      const what = state.isDraining ? "The server shut down" : "Connection lost";
      return `${what} at ${clock(state.since)}${why}. What is shown is from then.`;
    }
  }
}

/** @param {number | undefined} retryAt */
function untilRetry(retryAt) {
  if (retryAt === undefined) return "Trying…";
  return `Trying again in ${time(Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000)) * 1_000)}`;
}
