// The page /batches: starts everything, and ties it together.

import { createApp } from "./app.js";
import { Connection } from "./connection.js";
import { byId, setText } from "./dom.js";
import { createStatus } from "./status.js";
import { createTokenForm, keptToken } from "./token.js";

/** @import { ConnectionState } from "./connection.js" */

const app = createApp();
const pause = byId("pause", HTMLButtonElement);

/** @type {ConnectionState} */
let state = { kind: "connecting" };
/** @type {number | undefined} */
let pausedAt;

const connection = new Connection("batches/events", keptToken(), app.take, (newState) => {
  state = newState;
  status.show(state, pausedAt);
  if (state.kind === "refused") form.ask(state.message);
  else form.hide();
});
const status = createStatus(() => connection.retry());
const form = createTokenForm((token) => {
  connection.token = token;
});

pause.addEventListener("click", () => {
  pausedAt = pausedAt === undefined ? Date.now() : undefined;
  setText(pause, pausedAt === undefined ? "Pause" : "Resume");
  app.pause(pausedAt !== undefined);
  status.show(state, pausedAt);
});

// A network that is back, and somebody who looks again, need not wait for the next try.
addEventListener("online", () => connection.retry());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && state.kind === "lost") connection.retry();
});

void connection.run();
