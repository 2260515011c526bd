// Asks for a bearer token where the server wants one. It is kept for the tab, and never in an address.

import { byId, setText } from "./dom.js";

const KEPT_AS = "jitney-batches-token";

/** @returns {string | null} */
export function keptToken() {
  return storage()?.getItem(KEPT_AS) ?? null;
}

/** @param {(token: string) => void} onToken */
export function createTokenForm(onToken) {
  const form = byId("token", HTMLFormElement);
  const message = byId("token-message", HTMLElement);
  const input = byId("token-input", HTMLInputElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = input.value.trim();
    storage()?.setItem(KEPT_AS, token);
    input.value = "";
    form.hidden = true;
    onToken(token);
  });
  return {
    /** @param {string} why */
    ask(why) {
      storage()?.removeItem(KEPT_AS);
      setText(message, why);
      form.hidden = false;
      input.focus();
    },
    hide() {
      form.hidden = true;
    },
  };
}

/** Of a browser that refuses to store anything there is none: the token is then kept for as long as the page is. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
