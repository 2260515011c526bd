// A batcher with a second, simple account of what it should do: `act` does one step to it, and every check throws
// at the first promise that does not hold. The account is kept by the key, in plain lists, with no cleverness.

import { getEventListeners } from "node:events";
import { expect } from "vitest";
import type { BatchContext, Batcher, Limits } from "../../src/batching/index.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { promisesToSettle, VirtualClock } from "./virtual-clock.ts";

export interface Settings extends Limits {
  readonly shareEqualKeys: boolean;
  readonly earlyByMs: number;
  /** Whether the batch function answers at once; otherwise calls run until an `end` step. */
  readonly answersAtOnce: boolean;
}

/** `which` counts from the oldest caller, or call, that the step can be about; there may be none. */
export type Step =
  | { readonly type: "load"; readonly word: string; readonly partition: string; readonly delayMs?: number }
  | { readonly type: "leave"; readonly which: number }
  | { readonly type: "advance"; readonly ms: number }
  | {
      readonly type: "end";
      readonly which: number;
      readonly how: "answer" | "one error" | "reject" | "misshape";
    };

interface Key {
  readonly serial: number;
  readonly word: string;
  readonly partition: string;
}

/** What the batch function gives for a key: enough to see whose it is. */
interface Value extends Key {}

class KeyError extends Error {
  readonly key: Key;
  constructor(key: Key) {
    super("of one key");
    this.key = key;
  }
}

interface WatchedKey {
  readonly key: Key;
  state: "waiting" | "running" | "ended";
  /** Those without an answer. */
  readonly callers: Set<WatchedCaller>;
}

interface WatchedCaller {
  readonly watched: WatchedKey;
  readonly dueAt: number;
  readonly deadline: number;
  readonly leaver: AbortController;
  settled: "answered" | "rejected" | undefined;
}

interface WatchedCall {
  readonly watched: readonly WatchedKey[];
  readonly context: BatchContext;
  readonly end: PromiseWithResolvers<readonly (Value | Error)[]>;
  hasEnded: boolean;
  abortedAt: number;
}

export class WatchedBatcher {
  readonly batcher: Batcher<Key, Value>;
  readonly #settings: Settings;
  readonly #clock: VirtualClock;
  readonly #keys: WatchedKey[] = [];
  readonly #callers: WatchedCaller[] = [];
  readonly #calls: WatchedCall[] = [];
  /** What went wrong where no exception would reach the test: inside promises and the batch function. */
  readonly #violations: unknown[] = [];
  #isDraining = false;

  constructor(settings: Settings) {
    const { earlyByMs, answersAtOnce: _, ...options } = settings;
    this.#settings = settings;
    this.#clock = new VirtualClock({ earlyByMs });
    const keyId = (key: Key) => key.word;
    this.batcher = createBatcher((keys: readonly Key[], context) => this.#run(keys, context), {
      ...options,
      keyId,
      clock: this.#clock,
      onWarning: () => {},
    });
  }

  async act(step: Step): Promise<void> {
    if (step.type === "load") this.#load(step.word, step.partition, step.delayMs);
    else if (step.type === "leave") this.#leave(step.which);
    else if (step.type === "end") this.#end(step.which, step.how);
    await this.#clock.advance(step.type === "advance" ? step.ms : 0);
    this.#check();
  }

  /** Ends everything, and checks that nothing is left. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    let isDrained = false;
    void this.batcher.drain().then(() => {
      isDrained = true;
    });
    await this.#clock.advance(0);
    this.#check();
    await this.#clock.advance(this.#settings.abortGraceMs);
    this.#check();
    expect(isDrained, "drained within abortGraceMs").toBe(true);
    expect(this.#callers.filter((caller) => caller.settled === undefined)).toEqual([]);
    expect(this.#clock.pendingTimers, "timers left").toBe(0);
    for (const { leaver } of this.#callers) expect(getEventListeners(leaver.signal, "abort")).toEqual([]);
    const { waitingKeys, waitingCallers, pendingCallers, runningBatches, partitions } = this.batcher.stats();
    expect([waitingKeys, waitingCallers, pendingCallers, runningBatches]).toEqual([0, 0, 0, 0]);
    expect(partitions, "only the nameless partition may stay").toBeLessThanOrEqual(1);
    // Whoever answers now answers nobody.
    const before = this.batcher.stats();
    for (const call of this.#calls) call.end.resolve([]);
    await promisesToSettle();
    expect(this.batcher.stats()).toEqual(before);
  }

  #load(word: string, partition: string, delayMs: number | undefined): void {
    const now = this.#clock.now();
    const { maxQueueSize, maxDelayMs, timeoutMs, shareEqualKeys } = this.#settings;
    const key: Key = { serial: this.#keys.length, word, partition };
    const leaver = new AbortController();
    const start = () => this.batcher.load(key, { partition, signal: leaver.signal, maxDelayMs: delayMs });
    if (this.batcher.stats().waitingCallers >= maxQueueSize) {
      void start().then(
        () => this.#violations.push("a caller too many got a value"),
        (reason: unknown) => this.#verify(() => expect(reason).toMatchObject({ code: "BATCH_QUEUE_FULL" })),
      );
      return;
    }
    const equal = shareEqualKeys ? this.#joinable(word, partition) : undefined;
    const watched: WatchedKey = equal ?? { key, state: "waiting", callers: new Set() };
    const dueAt = now + Math.min(maxDelayMs, delayMs ?? maxDelayMs);
    const caller: WatchedCaller = { watched, dueAt, deadline: now + timeoutMs, leaver, settled: undefined };
    // Before the load, which may call the batch function at once.
    if (equal === undefined) this.#keys.push(watched);
    watched.callers.add(caller);
    this.#callers.push(caller);
    void start().then(
      (value) => this.#settle(caller, "answered", () => expect(value).toEqual(watched.key)),
      (reason: unknown) => this.#settle(caller, "rejected", () => this.#checkReason(caller, reason)),
    );
  }

  #leave(which: number): void {
    const caller = pick(this.#callers, which, ({ settled }) => settled === undefined);
    if (caller === undefined) return;
    caller.watched.callers.delete(caller);
    caller.leaver.abort("left");
  }

  #end(which: number, how: "answer" | "one error" | "reject" | "misshape"): void {
    // Also one that has been given up: its answer must not matter.
    const call = pick(this.#calls, which, ({ hasEnded }) => !hasEnded);
    if (call === undefined) return;
    call.hasEnded = true;
    for (const watched of call.watched) watched.state = "ended";
    const values: (Value | Error)[] = call.watched.map(({ key }) => key);
    const [first] = call.watched;
    if (how === "one error" && first !== undefined) values[0] = new KeyError(first.key);
    if (how === "misshape") values.push(new Error("one too many"));
    if (how === "reject") call.end.reject(new Error("of the whole batch"));
    else call.end.resolve(values);
  }

  #run(
    keys: readonly Key[],
    context: BatchContext,
  ): PromiseLike<readonly (Value | Error)[]> | readonly Value[] {
    const waiting = this.#waitingIn(context.partition);
    const { maxBatchSize, abortGraceMs: _, answersAtOnce } = this.#settings;
    this.#verify(() => {
      expect(keys.length).toBeGreaterThan(0);
      expect(keys.length, "at most maxBatchSize keys").toBeLessThanOrEqual(maxBatchSize);
      const isReady = waiting.length >= maxBatchSize || this.#isDue(waiting) || this.#isDraining;
      expect(isReady, "a batch left that was neither full nor due").toBe(true);
      // Of one partition, none of them dead, oldest first, and as many as there are.
      const oldest = waiting.slice(0, maxBatchSize).map(({ key }) => key);
      expect(keys, "the oldest live keys of the partition").toEqual(oldest);
    });
    const watched = waiting.slice(0, keys.length);
    for (const one of watched) one.state = answersAtOnce ? "ended" : "running";
    if (answersAtOnce) return watched.map(({ key }) => key);
    const call: WatchedCall = {
      watched,
      context,
      end: Promise.withResolvers(),
      hasEnded: false,
      abortedAt: Infinity,
    };
    context.signal.addEventListener("abort", () => {
      call.abortedAt = this.#clock.now();
    });
    this.#calls.push(call);
    return call.end.promise;
  }

  #settle(caller: WatchedCaller, how: "answered" | "rejected", check: () => void): void {
    this.#verify(() => expect(caller.settled, "settled once").toBeUndefined());
    this.#verify(check);
    caller.settled = how;
    caller.watched.callers.delete(caller);
  }

  #checkReason({ watched, leaver, deadline }: WatchedCaller, reason: unknown): void {
    if (leaver.signal.aborted) expect(reason).toBe("left");
    else if (reason instanceof KeyError) expect(reason.key).toEqual(watched.key);
    else {
      const codes = ["BATCH_FAILED", "BATCH_TIMEOUT", ...(this.#isDraining ? ["BATCH_SHUTTING_DOWN"] : [])];
      const { code } = reason as { code?: unknown };
      expect(codes).toContain(code);
      if (code === "BATCH_TIMEOUT")
        expect(this.#clock.now(), "not before its time").toBeGreaterThanOrEqual(deadline);
    }
  }

  #check(): void {
    if (this.#violations.length > 0) throw this.#violations[0];
    const now = this.#clock.now();
    const stats = this.batcher.stats();
    const { concurrency, maxBatchSize, maxQueueSize, abortGraceMs } = this.#settings;
    const open = this.#callers.filter(isOpen);
    for (const { deadline } of open) expect(deadline, "settled when its time is up").toBeGreaterThan(now);

    const running = this.#calls.filter((call) => !call.hasEnded && call.abortedAt + abortGraceMs > now);
    // A timer that fires early may give a call up a fraction of a millisecond too soon.
    const surely = running.filter((call) => call.abortedAt + abortGraceMs - 1 > now);
    expect(stats.runningBatches).toBeLessThanOrEqual(Math.min(concurrency, running.length));
    if (!this.#isDraining) expect(stats.runningBatches).toBeGreaterThanOrEqual(surely.length);
    for (const { watched, context, hasEnded } of this.#calls) {
      if (hasEnded) continue;
      const isWanted = watched.some(({ callers }) => callers.size > 0);
      expect(context.signal.aborted, "aborted when, and only when, everyone has left").toBe(!isWanted);
    }

    const waiting = this.#keys.filter(isWaiting);
    expect(stats.waitingKeys).toBe(waiting.length);
    expect(stats.waitingCallers).toBeLessThanOrEqual(maxQueueSize);
    expect(stats.pendingCallers).toBe(open.length);
    if (stats.runningBatches < concurrency) {
      for (const partition of new Set(waiting.map(({ key }) => key.partition))) {
        const inIt = this.#waitingIn(partition);
        expect(inIt.length, "no full batch waits while a slot is free").toBeLessThan(maxBatchSize);
        expect(this.#isDue(inIt), "no batch that is due waits while a slot is free").toBe(false);
      }
    }

    const { loads, answered, failed, timedOut, left, refused, shutOut, rejected } = stats.totals;
    const ended = answered + failed + timedOut + left + refused + shutOut + rejected;
    expect(loads, "the totals balance").toBe(ended + stats.pendingCallers);
    expect(answered).toBe(this.#callers.filter(({ settled }) => settled === "answered").length);
  }

  #joinable(word: string, partition: string): WatchedKey | undefined {
    const isEqual = ({ key }: WatchedKey) => key.word === word && key.partition === partition;
    const isWanted = (watched: WatchedKey) =>
      isWaiting(watched) ||
      this.#calls.some(
        (call) => call.watched.includes(watched) && !call.hasEnded && call.abortedAt === Infinity,
      );
    return this.#keys.find((watched) => isEqual(watched) && isWanted(watched));
  }

  /** The live keys of a partition that wait, oldest first. */
  #waitingIn(partition: string): readonly WatchedKey[] {
    return this.#keys.filter((watched) => watched.key.partition === partition && isWaiting(watched));
  }

  #isDue(waiting: readonly WatchedKey[]): boolean {
    const now = this.#clock.now();
    return waiting.some(({ callers }) => [...callers].some(({ dueAt }) => dueAt <= now));
  }

  #verify(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.#violations.push(violation);
    }
  }
}

function isOpen({ settled, leaver }: WatchedCaller): boolean {
  return settled === undefined && !leaver.signal.aborted;
}

function isWaiting({ state, callers }: WatchedKey): boolean {
  return state === "waiting" && callers.size > 0;
}

function pick<Item>(
  items: readonly Item[],
  which: number,
  isMeant: (item: Item) => boolean,
): Item | undefined {
  const meant = items.filter(isMeant);
  return meant[which % Math.max(1, meant.length)];
}
