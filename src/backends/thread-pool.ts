// Threads, each for one call at a time: who waits for one, and what becomes of a call whose thread dies.
//
// Each thread is a piscina of its own, of at most one thread. Piscina starts it, hands it its task, ends it on an abort
// or after an idle time, and lets the process end while it idles. The queue is here, because piscina's hangs: in 5.3.2,
// with `minThreads: 0`, what waits in it is never run once a thread was aborted or has died, nor if none can start.

import type { ResourceLimits } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { PiscinaModule } from "./piscina.ts";
import type { ThreadTask } from "./thread.ts";

export interface ThreadPoolOptions {
  /** What messages begin with. */
  readonly name: string;
  /** The URL of the file that each thread runs. */
  readonly entry: string;
  readonly maxThreads: number;
  readonly idleTimeoutMs: number;
  readonly resourceLimits?: ResourceLimits;
}

export class ThreadPool<Call, Answer> {
  readonly #piscina: PiscinaModule;
  readonly #options: ThreadPoolOptions;
  /** The last used is the last, and the next to be used: so the others can end. With the busy, at most `maxThreads`. */
  readonly #idle: Thread<Call, Answer>[] = [];
  readonly #busy = new Set<Thread<Call, Answer>>();
  /** How many calls have a turn: those on threads, and those that are about to be. */
  #turns = 0;
  /** Who waits for a turn, oldest first. */
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #closed: Promise<unknown> | undefined;

  constructor(piscina: PiscinaModule, options: ThreadPoolOptions) {
    this.#piscina = piscina;
    this.#options = options;
  }

  /** Rejects with the reason of the signal once it aborts; the thread is ended then. */
  async run(call: Call, signal: AbortSignal): Promise<Answer> {
    const begun = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    await this.#turn(signal);
    try {
      // Either may have come between the turn and this.
      this.#checkWanted(signal);
      return await this.#runOn(this.#idle.pop() ?? this.#newThread(), { call, begun }, signal);
    } catch (error) {
      if (!(error instanceof ThreadDeath) || Atomics.load(begun, 0) === 1) throw error;
      // It died of what an earlier call had left behind, or could not start. Once more, on one that is new.
      this.#checkWanted(signal);
      return await this.#runOn(this.#newThread(), { call, begun }, signal);
    } finally {
      this.#passTurn();
    }
  }

  async close(): Promise<void> {
    this.#closed ??= Promise.all([...this.#idle, ...this.#busy].map((thread) => thread.end()));
    for (const waiter of this.#waiting) waiter.reject(this.#closedError());
    this.#waiting.clear();
    await this.#closed;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    this.#checkWanted(signal);
    if (this.#turns < this.#options.maxThreads) {
      this.#turns += 1;
      return;
    }
    const waiter = Promise.withResolvers<void>();
    const leave = (): void => {
      if (this.#waiting.delete(waiter)) waiter.reject(signal.reason);
    };
    this.#waiting.add(waiter);
    signal.addEventListener("abort", leave, { once: true });
    try {
      await waiter.promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #passTurn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#turns -= 1;
    } else {
      this.#waiting.delete(next);
      next.resolve();
    }
  }

  async #runOn(thread: Thread<Call, Answer>, task: ThreadTask<Call>, signal: AbortSignal): Promise<Answer> {
    this.#busy.add(thread);
    try {
      const answer = await thread.run(task, signal);
      this.#idle.push(thread);
      return answer;
    } catch (error) {
      if (isCloneError(error)) this.#idle.push(thread);
      else void thread.end();
      throw this.#failure(error, signal);
    } finally {
      this.#busy.delete(thread);
    }
  }

  #checkWanted(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closedError();
  }

  #newThread(): Thread<Call, Answer> {
    return new Thread(this.#piscina, this.#options);
  }

  #failure(cause: unknown, signal: AbortSignal): unknown {
    const { name } = this.#options;
    if (signal.aborted) return signal.reason;
    if (this.#closed !== undefined) return this.#closedError();
    if (isCloneError(cause)) {
      return new TypeError(`${name}: a key cannot be copied to another thread`, { cause });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    return new ThreadDeath(`${name}: its thread died before it had answered: ${why}`, { cause });
  }

  #closedError(): Error {
    return new Error(`${this.#options.name}: closed`);
  }
}

class ThreadDeath extends Error {}

/** A thread, which is there when it is used, and ends when it has idled for long enough. */
class Thread<Call, Answer> {
  readonly #piscina: Piscina<ThreadTask<Call>, Answer>;
  /** Fails the call that waits for the thread to start; undefined while it has none. */
  #fail: ((error: Error) => void) | undefined;

  constructor(piscina: PiscinaModule, options: ThreadPoolOptions) {
    const { name, entry, idleTimeoutMs, resourceLimits } = options;
    this.#piscina = new piscina.Piscina({
      filename: entry,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleTimeoutMs,
      // Else an idle thread sleeps, and what a call has left behind (a timer) would go off in the middle of the next.
      atomics: "disabled",
      recordTiming: false,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    // Told of what no task of piscina's is to blame for.
    this.#piscina.on("error", (error: Error) => {
      if (this.#fail !== undefined) this.#fail(error);
      else process.emitWarning(`${name}: a thread died while it was idle: ${error.message}`, "JitneyWarning");
    });
  }

  async run(task: ThreadTask<Call>, signal: AbortSignal): Promise<Answer> {
    const failed = Promise.withResolvers<never>();
    this.#fail = failed.reject;
    try {
      return await Promise.race([this.#piscina.run(task, { signal }), failed.promise]);
    } finally {
      this.#fail = undefined;
    }
  }

  end(): Promise<void> {
    return this.#piscina.destroy();
  }
}

/** Whether the thread never got its task, because a key cannot be copied. */
function isCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === "DataCloneError";
}
