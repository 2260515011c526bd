// What the loads of one chunk's keys listen to: of an AbortSignal no more than they need.

/**
 * An AbortSignal looks through all its listeners for each that comes or goes: with one for each key of a chunk, that took a
 * tenth of a worker's time.
 */
export class SharedSignal {
  #reason: DOMException | undefined;
  readonly #listeners = new Set<() => void>();

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.#reason = new DOMException("Nobody waits for the key any more.", "AbortError");
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
  }

  /** For `LoadOptions.signal`, which asks for no more than there is here. */
  asAbortSignal(): AbortSignal {
    return this as unknown as AbortSignal;
  }
}
