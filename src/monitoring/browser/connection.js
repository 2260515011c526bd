// The stream of events, for as long as the page is there: it is lost, and found again.

import { EventSourceParserStream } from "eventsource-parser/stream";

/** @import { EventSourceMessage } from "eventsource-parser/stream" */

/**
 * - `lost`: `since` then there is no news; `message` is why, where that is known;
 * - `refused`: it needs a token, or another one.
 *
 * @typedef {{ kind: "connecting" } | { kind: "live" }
 *   | { kind: "lost", since: number, message: string, isDraining: boolean, retryAt: number | undefined }
 *   | { kind: "refused", message: string }} ConnectionState
 */

/** The server sends four frames a second: after so long without any, what is shown is not what is. */
const SILENCE_MS = 4_000;

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** Of all pages that lose the same server, not all come back in the same moment. */
const JITTER = 0.3;

/** An answer that is no stream. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Connection {
  #url;
  #onEvent;
  #onState;
  /** @type {string | null} */
  #token;
  #lastEventId = "";
  #lastNewsAt = Date.now();
  #failures = 0;
  #isDraining = false;
  /** Ends the wait for another try. */
  #hurry = () => {};

  /**
   * @param {string} url
   * @param {string | null} token
   * @param {(event: string, data: unknown) => void} onEvent
   * @param {(state: ConnectionState) => void} onState
   */
  constructor(url, token, onEvent, onState) {
    this.#url = url;
    this.#token = token;
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  /** @param {string} token */
  set token(token) {
    this.#token = token;
    this.retry();
  }

  /** Tries again now, where it waits to. */
  retry() {
    this.#hurry();
  }

  /** Goes on for ever. */
  async run() {
    this.#onState({ kind: "connecting" });
    for (;;) {
      /** @type {unknown} */
      let failure;
      try {
        await this.#read();
      } catch (error) {
        failure = error;
      }
      if (failure instanceof Refusal && (failure.status === 401 || failure.status === 403)) {
        await this.#beRefused(failure);
      } else {
        await this.#beLost(failure instanceof Refusal ? failure.message : "");
      }
    }
  }

  /** @param {Refusal} refusal */
  async #beRefused({ message, status }) {
    const isNew = status === 401 && this.#token === null;
    this.#onState({
      kind: "refused",
      message: isNew ? "This server shows its batches to who has a token." : message,
    });
    await this.#waitForHurry();
  }

  /** @param {string} message */
  async #beLost(message) {
    const waitMs =
      (WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)] ?? 0) * (1 + JITTER * Math.random());
    this.#failures += 1;
    const lost = {
      kind: /** @type {const} */ ("lost"),
      since: this.#lastNewsAt,
      message,
      isDraining: this.#isDraining,
    };
    this.#onState({ ...lost, retryAt: Date.now() + waitMs });
    await this.#waitForHurry(waitMs);
    this.#onState({ ...lost, retryAt: undefined });
  }

  /** @param {number} [mostMs] without, it waits for ever */
  #waitForHurry(mostMs) {
    return new Promise((resolve) => {
      this.#hurry = () => resolve(undefined);
      if (mostMs !== undefined) setTimeout(resolve, mostMs);
    });
  }

  async #read() {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const response = await fetch(this.#url, {
        headers: {
          Accept: "text/event-stream",
          ...(this.#token === null ? {} : { Authorization: `Bearer ${this.#token}` }),
          ...(this.#lastEventId === "" ? {} : { "Last-Event-ID": this.#lastEventId }),
        },
        cache: "no-store",
        signal: silence.signal,
      });
      if (!response.ok || response.body === null) throw await refusalOf(response);
      const events = response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream())
        .getReader();
      for (;;) {
        const { done, value } = await events.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        this.#take(value);
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  /** @param {EventSourceMessage} message */
  #take({ event = "", data, id }) {
    this.#lastNewsAt = Date.now();
    if (event === "end") {
      this.#isDraining = true;
      return;
    }
    this.#onEvent(event, JSON.parse(data));
    if (id !== undefined) this.#lastEventId = id;
    if (event === "hello") {
      this.#isDraining = false;
      this.#failures = 0;
      this.#onState({ kind: "live" });
    }
  }
}

/**
 * What the server says of it: a GraphQL error, or a line of text.
 *
 * @param {Response} response
 */
async function refusalOf(response) {
  const text = await response.text();
  let message = text.trim();
  try {
    message = JSON.parse(text).errors[0].message;
  } catch {
    // A line of text.
  }
  return new Refusal(response.status, message.slice(0, 200) || `the answer was ${response.status}`);
}
