// A batcher with a second, simple account of what it should do: `act` does one step to it, and every check throws a
// Violation at the first promise that does not hold. The account is kept in plain lists, with no cleverness.

import { getEventListeners } from "node:events";
import type { Batcher, Limits, ReleaseReason } from "../../src/batching/index.ts";
import { createBatcher, OptionError } from "../../src/batching/index.ts";
import { promisesToSettle, VirtualClock } from "./virtual-clock.ts";
import { WatchedCallers } from "./watched-callers.ts";
import { WatchedCalls } from "./watched-calls.ts";
import { WatchedClock } from "./watched-clock.ts";
import { WatchedEnding } from "./watched-ending.ts";
import { WatchedFunction } from "./watched-function.ts";
import type { Key, Situation, Value, WatchedBatch } from "./watched-keys.ts";
import { WatchedLoads } from "./watched-loads.ts";
import type { Proof } from "./watched-proof.ts";
import { WatchedQueue } from "./watched-queue.ts";
import { checkStats } from "./watched-stats.ts";
import type { Settings, Step } from "./watched-steps.ts";
import { WatchedTelling } from "./watched-telling.ts";

export class WatchedBatcher {
  readonly #batcher: Batcher<Key, Value>;
  readonly #settings: Settings;
  readonly #situation: Situation;
  readonly #clock: WatchedClock;
  readonly #queue: WatchedQueue;
  readonly #calls: WatchedCalls;
  readonly #callers: WatchedCallers;
  readonly #loads: WatchedLoads;
  /** What went wrong where no exception would reach the test: inside promises and the batch function. */
  readonly #violations: unknown[] = [];
  readonly #function: WatchedFunction;
  readonly #ending: WatchedEnding;
  readonly #telling: WatchedTelling;
  /** Why the batch has left that starts now. */
  #reason: ReleaseReason | undefined;

  constructor(settings: Settings, proof: Proof) {
    this.#settings = settings;
    const { limits, earlyByMs, cache } = settings;
    const clock = new VirtualClock({ earlyByMs });
    this.#situation = {
      clock,
      proof,
      earlyByMs,
      turn: 0,
      limits,
      state: "open",
      closedAt: Infinity,
      drainGracesMs: [],
    };
    const verify = (check: () => void) => this.#verify(check);
    this.#clock = new WatchedClock(this.#situation, (violation) => this.#violations.push(violation));
    this.#queue = new WatchedQueue(this.#situation, (partition) => this.#runningIn(partition));
    this.#callers = new WatchedCallers(this.#situation, this.#queue, verify);
    this.#calls = new WatchedCalls(this.#situation, settings.isolateFailures, (watched, result) => {
      this.#loads.keep(watched, result);
      this.#callers.settle(watched);
    });
    this.#telling = new WatchedTelling(this.#situation, verify);
    this.#loads = new WatchedLoads(
      this.#situation,
      settings,
      this.#queue,
      this.#calls,
      this.#callers,
      this.#telling,
    );
    this.#function = new WatchedFunction(
      this.#situation,
      settings.calls,
      this.#calls,
      this.#clock,
      (keys, partition) => this.#queue.take(keys, partition, this.#reason ?? "size"),
      this.#telling,
      verify,
    );
    this.#ending = new WatchedEnding(this.#situation);
    this.#batcher = createBatcher<Key, Value>((keys, context) => this.#function.call(keys, context), {
      ...limits,
      shareEqualKeys: settings.shareEqualKeys,
      isolateFailures: settings.isolateFailures,
      watchBatch: this.#telling.watchBatch,
      keyId: ({ word }) => `secret ${word}`,
      clock: this.#clock,
      onWarning: () => {},
      ...(cache === undefined ? {} : { cache }),
      ...(settings.weighs ? { weigh: (key: Key) => this.#loads.weigh(key) } : {}),
    });
    this.#batcher.events.on("batchStart", ({ reason, ...event }) => {
      this.#reason = reason;
      this.#verify(() => proof.holds(11, !JSON.stringify(event).includes("secret"), "an event shows a key"));
    });
    this.#batcher.events.on("loadEnd", this.#telling.onLoadEnd);
    this.#batcher.events.on("batchEnd", (ended) => {
      this.#verify(() => {
        const { error: _error, keyErrors: _keyErrors, ...event } = ended;
        proof.holds(11, !JSON.stringify(event).includes("secret"), "an event shows a key");
        this.#calls.note(ended);
      });
    });
  }

  async act(step: Step): Promise<void> {
    if (step.type === "advance") {
      await this.#advance(step.ms);
      return;
    }
    this.#do(step);
    // What is on its way comes first: who is still there is known only then.
    const isOnItsWay = this.#callers.isInDoubt || this.#calls.running.some(({ end }) => end === undefined);
    if (!("hurry" in step && step.hurry) || isOnItsWay) await this.#rest();
  }

  /** Ends everything, and checks that nothing is left. */
  async finish(): Promise<void> {
    const { proof, clock } = this.#situation;
    await this.#rest();
    if (this.#callers.open.size > 0) proof.saw("drain with callers pending");
    this.#ending.drain(this.#batcher, false, undefined);
    await this.#rest();
    if (this.#settings.answersAtTheEnd) await this.#answerAll();
    const { closedAt, drainGracesMs } = this.#situation;
    await this.#advance(Math.max(0, closedAt + Math.max(...drainGracesMs) - clock.now()));
    proof.holds(1, this.#callers.open.size === 0, "a load was not settled at the end");
    proof.holds(1, this.#clock.pendingTimers === 0, "a timer is left at the end");
    for (const { signal } of this.#loads.leavers) {
      proof.holds(
        7,
        getEventListeners(signal, "abort").length === 0,
        "a listener is left on a caller's signal",
      );
    }
    const { waitingKeys, waitingCallers, pendingCallers, runningBatches } = this.#batcher.stats();
    const left = waitingKeys + waitingCallers + pendingCallers + runningBatches;
    proof.holds(10, left === 0, "something waits or runs after the drain");
    // Whoever answers now answers nobody.
    const before = JSON.stringify(this.#batcher.stats());
    for (const batch of this.#calls.batches) this.#function.end(batch, "answer");
    await promisesToSettle();
    proof.holds(6, JSON.stringify(this.#batcher.stats()) === before, "an answer that came too late counted");
    this.#throwViolations();
  }

  /** Answers what runs until nobody waits. */
  async #answerAll(): Promise<void> {
    const isByHand = ({ end }: WatchedBatch): boolean => end !== undefined;
    for (let [batch] = this.#calls.running.filter(isByHand); batch !== undefined; ) {
      if (this.#callers.open.size > 0) this.#situation.proof.saw("answered while draining");
      this.#function.end(batch, "answer");
      await this.#rest();
      [batch] = this.#calls.running.filter(isByHand);
    }
  }

  #do(step: Exclude<Step, { type: "advance" }>): void {
    const { proof } = this.#situation;
    switch (step.type) {
      case "load":
        if (this.#situation.state === "draining") proof.saw("load while draining");
        this.#loads.load(this.#batcher, step);
        break;
      case "leave": {
        const caller = pick([...this.#callers.open], step.which);
        if (caller !== undefined) this.#callers.leave(caller);
        break;
      }
      case "desert": {
        const batch = pick(this.#calls.running, step.which);
        for (const { callers } of batch?.keys ?? [])
          for (const caller of [...callers]) this.#callers.leave(caller);
        break;
      }
      case "end": {
        // Also one that has been given up: its answer must not matter.
        const batch = pick(
          this.#calls.batches.filter(({ end }) => end !== undefined),
          step.which,
        );
        if (batch !== undefined) this.#function.end(batch, step.how);
        break;
      }
      case "configure":
        this.#configure(step.limits);
        break;
      case "configure badly":
        this.#configureBadly(step.limits);
        break;
      case "clear":
        this.#loads.clear(this.#batcher, step);
        break;
      case "drain":
        if (this.#callers.open.size > 0) proof.saw("drain with callers pending");
        this.#ending.drain(this.#batcher, step.accepts, step.graceMs);
        break;
      case "stop accepting":
        this.#ending.stopAccepting();
        break;
    }
  }

  #configure(limits: Partial<Limits>): void {
    const { proof } = this.#situation;
    proof.saw("configured");
    const ready = [...this.#queue.partitions].filter((partition) =>
      this.#queue.isDue(this.#queue.of(partition)),
    );
    this.#situation.limits = { ...this.#situation.limits, ...limits };
    this.#queue.endLostTurns();
    if (this.#situation.state === "draining" && limits.abortGraceMs !== undefined) {
      this.#situation.drainGracesMs.push(limits.abortGraceMs);
    }
    for (const partition of ready) {
      if (!this.#queue.isReady(this.#queue.of(partition))) proof.saw("due no more after a configure");
    }
    this.#batcher.configure(limits);
  }

  #configureBadly(limits: Partial<Limits>): void {
    const { proof } = this.#situation;
    proof.saw("bad configure");
    try {
      this.#batcher.configure(limits);
    } catch (error) {
      proof.holds(4, error instanceof OptionError, `a limit that cannot be used threw ${String(error)}`);
      return;
    }
    proof.holds(4, false, "a limit that cannot be used was taken");
  }

  /** Lets time pass, and stops to look whenever something has to happen on the way. */
  async #advance(ms: number): Promise<void> {
    const { clock } = this.#situation;
    const target = clock.now() + ms;
    await this.#rest();
    while (clock.now() < target) {
      const next = Math.min(target, this.#nextMoment());
      await clock.advance(next - clock.now());
      this.#check();
    }
  }

  #nextMoment(): number {
    const now = this.#situation.clock.now();
    const moments = [...this.#callers.moments(), ...this.#clock.ends];
    for (const { abortedAt, graceMs } of this.#calls.running) moments.push(abortedAt + graceMs);
    const { closedAt, drainGracesMs } = this.#situation;
    for (const graceMs of drainGracesMs) moments.push(closedAt + graceMs);
    return Math.min(...moments.filter((moment) => moment > now));
  }

  async #rest(): Promise<void> {
    await this.#situation.clock.advance(0);
    this.#check();
  }

  #check(): void {
    this.#situation.turn += 1;
    this.#throwViolations();
    this.#callers.check();
    this.#calls.check();
    this.#checkWhatWaits();
    const accounts = {
      callers: this.#callers,
      loads: this.#loads,
      queue: this.#queue,
      calls: this.#calls,
    };
    checkStats(this.#batcher, this.#situation, accounts);
    this.#telling.check(this.#batcher, accounts);
    const isIdle = this.#callers.open.size === 0 && this.#calls.running.length === 0;
    this.#ending.check(isIdle);
    if (isIdle && this.#situation.state === "open") {
      this.#situation.proof.holds(1, this.#clock.pendingTimers === 0, "a timer is set, but nobody waits");
    }
    this.#throwViolations();
  }

  #checkWhatWaits(): void {
    const { proof, limits } = this.#situation;
    if (this.#calls.running.length < limits.concurrency) {
      for (const partition of this.#queue.partitions) {
        const keys = this.#queue.of(partition);
        proof.holds(4, !this.#queue.isFull(keys), "a full batch waits while a slot is free");
        proof.holds(4, !this.#queue.isDue(keys), "a batch that is due waits while a slot is free");
      }
    }
    this.#queue.takeNoteOfTurns();
  }

  #runningIn(partition: string): number {
    return this.#calls.running.filter(({ context }) => context.partition === partition).length;
  }

  #verify(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.#violations.push(violation);
    }
  }

  #throwViolations(): void {
    if (this.#violations.length > 0) throw this.#violations[0];
  }
}

function pick<Item>(items: readonly Item[], which: number): Item | undefined {
  return items[which % Math.max(1, items.length)];
}
