// Tells when callers' time is up, with one timer for all of them.

import { Alarm, type Clock } from "./clock.ts";
import { type Linked, LinkedList } from "./linked-list.ts";

interface HasDeadline<Caller> extends Linked<Caller> {
  readonly deadline: number;
}

/** Callers in the order of their deadlines, which is the order they are added in: all wait equally long. */
export class Deadlines<Caller extends HasDeadline<Caller>> {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #onExpired: (caller: Caller) => void;
  readonly #callers = new LinkedList<Caller>();

  /** @param onExpired called for each caller whose time is up; it has to remove the caller. */
  constructor(clock: Clock, onExpired: (caller: Caller) => void) {
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

  add(caller: Caller): void {
    this.#callers.append(caller);
    if (this.#callers.size === 1) this.#alarm.ringBy(caller.deadline);
  }

  remove(caller: Caller): void {
    this.#callers.remove(caller);
    if (this.#callers.size === 0) this.#alarm.clear();
  }

  #expire(): void {
    const now = this.#clock.now();
    for (let caller = this.first; caller !== undefined; caller = this.first) {
      if (caller.deadline > now) {
        this.#alarm.ringBy(caller.deadline);
        return;
      }
      this.#onExpired(caller);
    }
  }
}
