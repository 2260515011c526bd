// Somebody who looks at /batches without a browser: reads the stream of events, and keeps what it says.

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { FieldNow, Hello, Now, Second } from "../../src/monitoring/frames.ts";

export interface OpenOptions {
  readonly token?: string;
  /** Of the last event that a viewer before this one had. */
  readonly lastEventId?: string;
}

export class BatchesViewer implements AsyncDisposable {
  hello: Hello = { gathering: "", fields: [], graphiql: null, worker: null };
  readonly now = new Map<string, FieldNow>();
  readonly seconds: Second[] = [];
  /** How many events of each name have come. */
  readonly counts = new Map<string, number>();
  lastEventId = "";
  /** Everything, as it was sent. */
  text = "";
  readonly #leave: AbortController;
  readonly #ended: Promise<void>;
  #onEvent: () => void = () => {};

  constructor(response: Response, leave: AbortController) {
    this.#leave = leave;
    this.#ended = this.#read(response).catch(() => {});
  }

  /** Resolves when the stream has ended. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Resolves as soon as what has come so far is so. */
  async sees(isSo: (viewer: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      const more = new Promise<"more">((resolve) => {
        this.#onEvent = () => resolve("more");
      });
      const next = await Promise.race([more, this.#ended]);
      if (next !== "more" && !isSo(this)) throw new Error(`the stream has ended: ${this.text.slice(-500)}`);
    }
  }

  /** How many batches left with how many keys, in all seconds. */
  sizes(field: string): Map<number, number> {
    const sizes = new Map<number, number>();
    for (const second of this.#of(field)) {
      for (const [size, count] of second.sizes) sizes.set(size, (sizes.get(size) ?? 0) + count);
    }
    return sizes;
  }

  sum(field: string, name: "keys" | "batches" | "calls"): number {
    return this.#of(field).reduce((sum, second) => sum + second[name], 0);
  }

  async leave(): Promise<void> {
    this.#leave.abort();
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #of(field: string) {
    const index = this.hello.fields.indexOf(field);
    return this.seconds.flatMap(({ fields }) => fields[index] ?? []);
  }

  async #read(response: Response): Promise<void> {
    const text = response.body?.pipeThrough(new TextDecoderStream());
    const kept = text?.pipeThrough(
      new TransformStream<string, string>({
        transform: (chunk, controller) => {
          this.text += chunk;
          controller.enqueue(chunk);
        },
      }),
    );
    const events = kept?.pipeThrough(new EventSourceParserStream());
    for await (const { event = "", data, id } of events ?? []) {
      this.#take(event, data);
      this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
      if (id !== undefined) this.lastEventId = id;
      this.#onEvent();
    }
  }

  #take(event: string, data: string): void {
    if (event === "hello") this.hello = JSON.parse(data);
    if (event === "seconds") this.seconds.push(...(JSON.parse(data) as Second[]));
    if (event !== "now") return;
    const { fields }: Now = JSON.parse(data);
    for (const [index, now] of Object.entries(fields))
      this.now.set(this.hello.fields[Number(index)] ?? "", now);
  }
}

/** Looks at the batches of a server; `await using` leaves. */
export async function look(url: string, options: OpenOptions = {}): Promise<BatchesViewer> {
  const leave = new AbortController();
  const response = await fetchEvents(url, options, leave.signal);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  const viewer = new BatchesViewer(response, leave);
  await viewer.sees(({ hello }) => hello.gathering !== "");
  return viewer;
}

export function fetchEvents(
  url: string,
  { token, lastEventId }: OpenOptions = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  const headers = new Headers({ Accept: "text/event-stream" });
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  if (lastEventId !== undefined) headers.set("Last-Event-ID", lastEventId);
  return fetch(`${url}/batches/events`, { headers, signal });
}
