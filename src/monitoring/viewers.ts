// Who looks at the batches: each has a stream of server-sent events. Nothing is gathered while nobody does.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { End, Hello, WorkerPlace } from "./frames.ts";
import { Gathering, NONE_YET } from "./gathering.ts";
import type { ShownField } from "./monitored-field.ts";
import { sendText } from "./send-text.ts";

/** Each costs a frame's JSON four times a second. */
const MOST_VIEWERS = 100;

/** What was gathered is kept for so long: a page that is loaded again, or loses its connection for a moment, finds the minutes that it had. */
const LINGER_MS = 5_000;

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // Else nginx keeps the events to itself for as long as they fit in its buffer.
  "X-Accel-Buffering": "no",
};

/** What one viewer has been sent. */
interface Viewer {
  readonly response: ServerResponse;
  seq: number;
  frame: number;
}

export interface ViewersOptions {
  /** Seen from the page; undefined where there is none. */
  readonly graphiql: string | undefined;
  /** Undefined where there is one process. */
  readonly worker: WorkerPlace | undefined;
}

export class Viewers {
  readonly #fields: readonly ShownField[];
  readonly #graphiql: string | undefined;
  readonly #worker: WorkerPlace | undefined;
  readonly #viewers = new Set<Viewer>();
  /** There while somebody looks, and for a moment after. */
  #gathering: Gathering | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(fields: readonly ShownField[], { graphiql, worker }: ViewersOptions) {
    this.#fields = fields;
    this.#graphiql = graphiql;
    this.#worker = worker;
  }

  /** Answers with a stream that ends when the viewer leaves, or with `close`. */
  add(request: IncomingMessage, response: ServerResponse): void {
    // It has left while its token was looked at: no more "close" would tell of that.
    if (response.destroyed) return;
    const refusal = this.#refusal();
    if (refusal !== undefined) sendText(response, 503, `${refusal}\n`, { "Retry-After": "5" });
    else if (request.method === "HEAD") response.writeHead(200, HEADERS).end();
    else this.#show(request, response.writeHead(200, HEADERS));
  }

  /** Tells everyone that this is the end, and takes nobody any more. */
  close(): void {
    this.#isClosed = true;
    const end: End = { reason: "draining" };
    for (const { response } of this.#viewers) {
      // One that does not read would be waited for.
      if (response.writableNeedDrain) response.destroy();
      else response.end(event("end", JSON.stringify(end)));
    }
    this.#stop();
  }

  #refusal(): string | undefined {
    if (this.#isClosed) return "The server is shutting down";
    return this.#viewers.size < MOST_VIEWERS ? undefined : `${MOST_VIEWERS} others look at this page already`;
  }

  #show(request: IncomingMessage, response: ServerResponse): void {
    clearTimeout(this.#linger);
    this.#gathering ??= new Gathering(this.#fields, () => this.#onFrame());
    const viewer = { response, seq: seqAfter(request, this.#gathering.id), frame: -1 };
    this.#viewers.add(viewer);
    response.once("close", () => this.#remove(viewer));
    // One that has gone is seen by its "close".
    response.on("error", () => {});
    response.write(event("hello", JSON.stringify(this.#hello(this.#gathering.id))));
    this.#send(viewer, this.#gathering);
  }

  #hello(gathering: string): Hello {
    const fields = this.#fields.map(({ coordinate }) => coordinate);
    return { gathering, fields, graphiql: this.#graphiql ?? null, worker: this.#worker ?? null };
  }

  #onFrame(): void {
    const gathering = this.#gathering;
    if (gathering === undefined) return;
    const made = new Map<string, string>();
    for (const viewer of this.#viewers) {
      // One that does not read gets nothing more to keep; what it has missed it gets when it reads again.
      if (viewer.response.writableNeedDrain) continue;
      this.#send(viewer, gathering, made);
    }
  }

  /** @param made events of this frame, which are the same for everyone who has had the same. */
  #send(viewer: Viewer, gathering: Gathering, made = new Map<string, string>()): void {
    const { seq, frame } = viewer;
    const what = `${seq} ${frame}`;
    let events = made.get(what);
    if (events === undefined) {
      events = event("now", gathering.nowAfter(frame));
      if (seq < gathering.lastSeq) {
        const id = `${gathering.id}:${gathering.lastSeq}`;
        events = event("seconds", gathering.secondsAfter(seq), id) + events;
      }
      made.set(what, events);
    }
    viewer.seq = gathering.lastSeq;
    viewer.frame = gathering.frameCount;
    viewer.response.write(events);
  }

  #remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0 || this.#gathering === undefined) return;
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#stop(), LINGER_MS).unref();
  }

  #stop(): void {
    clearTimeout(this.#linger);
    this.#gathering?.stop();
    this.#gathering = undefined;
  }
}

/** What a viewer that comes back says it has: `Last-Event-ID` (WHATWG HTML, section 9.2). */
function seqAfter({ headers }: IncomingMessage, gathering: string): number {
  const [id, seq = ""] = String(headers["last-event-id"] ?? "").split(":");
  return id === gathering && /^\d{1,15}$/.test(seq) ? Number(seq) : NONE_YET;
}

function event(name: string, data: string, id?: string): string {
  return `event: ${name}\n${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`;
}
