// Tells when callers' time is up, with one timer for all of them.

import { Alarm, type Clock } from "./clock.ts";

interface HasDeadline {
  readonly deadline: number;
}

/** Callers in the order of their deadlines, which is the order they are added in: all wait equally long. */
export class Deadlines<Caller extends HasDeadline> {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #onExpired: (caller: Caller) => void;
  readonly #callers = new Set<Caller>();

  /** @param onExpired called for each caller whose time is up; the caller is out by then. */
  constructor(clock: Clock, onExpired: (caller: Caller) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.#alarm = new Alarm(clock, () => this.#expire());
  }

  get size(): number {
    return this.#callers.size;
  }

  add(caller: Caller): void {
    this.#callers.add(caller);
    if (this.#callers.size === 1) this.#alarm.ringBy(caller.deadline);
  }

  delete(caller: Caller): void {
    this.#callers.delete(caller);
    if (this.#callers.size === 0) this.#alarm.clear();
  }

  /** Takes everyone out. */
  takeAll(): readonly Caller[] {
    const callers = [...this.#callers];
    this.#callers.clear();
    this.#alarm.clear();
    return callers;
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const caller of this.#callers) {
      if (caller.deadline > now) {
        this.#alarm.ringBy(caller.deadline);
        return;
      }
      this.#callers.delete(caller);
      this.#onExpired(caller);
    }
  }
}
