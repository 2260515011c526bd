// What happens in all batched fields while somebody looks: the last minutes by the second, and what is now.

import { randomUUID } from "node:crypto";
import { FieldGathering } from "./field-gathering.ts";
import type { FieldNow, FieldSecond } from "./frames.ts";
import type { ShownField } from "./monitored-field.ts";

/** Five minutes, in a page's plots. */
const SECONDS_KEPT = 300;

/** A few frames a second: enough to see a batch fill, and no work worth speaking of. */
const FRAME_MS = 250;
const FRAMES_OF_SECOND = 4;

/** Where seconds begin for one who has had none. */
export const NONE_YET = 0;

/** Each is turned into JSON once, for all who look. */
export class Gathering {
  /** Unlike that of any other gathering, of this process or of one before it. */
  readonly id = randomUUID();
  readonly #fields: readonly FieldGathering[];
  readonly #seconds: string[] = [];
  #lastSeq = NONE_YET;
  #secondBeganAt = performance.now();
  #frameCount = 0;
  /** What each field is now, and in which frame it became so. */
  #now: { readonly json: string; readonly since: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param onFrame called after each frame. */
  constructor(fields: readonly ShownField[], onFrame: () => void) {
    this.#fields = fields.map((field) => new FieldGathering(field));
    this.#look();
    const frame = (): void => {
      this.#frameCount += 1;
      if (this.#frameCount % FRAMES_OF_SECOND === 0) this.#endSecond();
      this.#look();
      onFrame();
    };
    // Nobody's process is to go on because somebody looks.
    this.#timer = setInterval(frame, FRAME_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const field of this.#fields) field.stop();
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get frameCount(): number {
    return this.#frameCount;
  }

  /** JSON of the seconds after one that a viewer has, as far as they are kept. */
  secondsAfter(seq: number): string {
    const missing = Math.max(0, this.#lastSeq - seq);
    return `[${missing === 0 ? "" : this.#seconds.slice(-missing).join()}]`;
  }

  /** JSON of what has changed after a frame; of everything after -1. */
  nowAfter(frame: number): string {
    const changed = this.#now.flatMap(({ json, since }, index) =>
      since > frame ? [`"${index}":${json}`] : [],
    );
    return `{"fields":{${changed.join()}}}`;
  }

  #look(): void {
    this.#now = this.#fields.map((field, index) => {
      const now: FieldNow = field.now();
      const json = JSON.stringify(now);
      const before = this.#now[index];
      return before?.json === json ? before : { json, since: this.#frameCount };
    });
  }

  #endSecond(): void {
    const endedAt = performance.now();
    const ms = Math.round(endedAt - this.#secondBeganAt);
    this.#secondBeganAt = endedAt;
    this.#lastSeq += 1;
    const fields: Record<string, FieldSecond> = {};
    for (const [index, field] of this.#fields.entries()) {
      const second = field.endSecond();
      if (second !== undefined) fields[index] = second;
    }
    this.#seconds.push(JSON.stringify({ seq: this.#lastSeq, at: Date.now(), ms, fields }));
    if (this.#seconds.length > SECONDS_KEPT) this.#seconds.shift();
  }
}
