// Tells when callers' time is up, with one timer for all of them.

import { Alarm, type Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

interface Loaded<Caller> extends Linked<Caller> {
  readonly loadedAt: number;
}

/** Callers in the order of their deadlines, which is the order they are added in: all may wait `timeoutMs`. */
export class Deadlines<Caller extends Loaded<Caller>> {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #onExpired: (caller: Caller) => void;
  readonly #callers = new LinkedList<Caller>();

  /** @param onExpired called for each caller whose time is up; it removes the caller. */
  constructor(limits: Limits, clock: Clock, onExpired: (caller: Caller) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.#alarm = new Alarm(clock, () => this.#expire());
  }

  get size(): number {
    return this.#callers.size;
  }

  /** The caller whose time is up first. */
  get first(): Caller | undefined {
    return this.#callers.first;
  }

  /** The newest caller. */
  get last(): Caller | undefined {
    return this.#callers.last;
  }

  add(caller: Caller): void {
    this.#callers.append(caller);
    if (this.#callers.size === 1) this.reset();
  }

  remove(caller: Caller): void {
    this.#callers.remove(caller);
    if (this.#callers.size === 0) this.#alarm.clear();
  }

  /** To be called when `timeoutMs` has changed. */
  reset(): void {
    this.#alarm.clear();
    if (this.first !== undefined) this.#alarm.ringBy(this.#deadlineOf(this.first));
  }

  #deadlineOf(caller: Caller): number {
    return caller.loadedAt + this.#limits.timeoutMs;
  }

  #expire(): void {
    const now = this.#clock.now();
    for (let caller = this.first; caller !== undefined; caller = this.first) {
      if (this.#deadlineOf(caller) > now) {
        this.reset();
        return;
      }
      this.#onExpired(caller);
    }
  }
}
