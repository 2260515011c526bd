// Virtual time, for scaling.ts: what happens when, and what has to wait until a core is free.

/** Microseconds of CPU for a message, and for each key in it: of an idle process, which is woken for it, and of a busy one. */
export interface Cost {
  readonly idle: number;
  readonly busy: number;
  readonly key: number;
}

/** What happens, in the order of its time: a binary heap. */
export class Timeline {
  now = 0;
  readonly #heap: { readonly at: number; readonly run: () => void }[] = [];

  after(ms: number, run: () => void): void {
    const event = { at: this.now + ms, run };
    let index = this.#heap.push(event) - 1;
    while (index > 0 && this.#at((index - 1) >> 1) > event.at) {
      this.#swap(index, (index - 1) >> 1);
      index = (index - 1) >> 1;
    }
  }

  /** Until nothing is to happen any more. */
  run(): void {
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      this.#swap(0, this.#heap.length - 1);
      this.#heap.pop();
      for (let index = 0, child = 1; child < this.#heap.length; child = 2 * index + 1) {
        if (this.#at(child + 1) < this.#at(child)) child += 1;
        if (this.#at(index) <= this.#at(child)) break;
        this.#swap(index, child);
        index = child;
      }
      this.now = next.at;
      next.run();
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Infinity;
  }

  #swap(index: number, other: number): void {
    const heap = this.#heap as unknown[];
    [heap[index], heap[other]] = [heap[other], heap[index]];
  }
}

/** Does one thing after the other, on each of its cores. */
export class Processor {
  busyMs = 0;
  readonly #timeline: Timeline;
  readonly #cost: Cost;
  readonly #freeAt: number[];

  constructor(timeline: Timeline, cost: Cost, cores = 1) {
    this.#timeline = timeline;
    this.#cost = cost;
    this.#freeAt = Array<number>(cores).fill(0);
  }

  handle(keys: number, done: () => void): void {
    const { now } = this.#timeline;
    const freeAt = Math.min(...this.#freeAt);
    const ms = ((freeAt <= now ? this.#cost.idle : this.#cost.busy) + this.#cost.key * keys) / 1_000;
    const doneAt = Math.max(now, freeAt) + ms;
    this.#freeAt[this.#freeAt.indexOf(freeAt)] = doneAt;
    this.busyMs += ms;
    this.#timeline.after(doneAt - now, done);
  }
}
