// The model's account of a load as it comes: whether it is answered at once, joins an equal key, waits, pushes
// somebody out of the queue, or is turned away.

import type { Batcher } from "../../src/batching/index.ts";
import { WatchedCache } from "./watched-cache.ts";
import type { Outcome, WatchedCallers } from "./watched-callers.ts";
import type { WatchedCalls } from "./watched-calls.ts";
import type { Key, Result, Situation, Value, WatchedCaller, WatchedKey } from "./watched-keys.ts";
import type { WatchedQueue } from "./watched-queue.ts";
import type { LoadStep, Settings } from "./watched-steps.ts";
import type { WatchedTelling } from "./watched-telling.ts";

/** A weight at which `weigh` throws. */
export const THROWS = -2;

type Named = Pick<Key, "word" | "partition">;

export class WatchedLoads {
  readonly leavers: AbortController[] = [];
  shared = 0;
  readonly #situation: Situation;
  readonly #settings: Settings;
  readonly #queue: WatchedQueue;
  readonly #calls: WatchedCalls;
  readonly #callers: WatchedCallers;
  readonly #telling: WatchedTelling;
  readonly #cache: WatchedCache | undefined;
  #weighed = 0;

  constructor(
    situation: Situation,
    settings: Settings,
    queue: WatchedQueue,
    calls: WatchedCalls,
    callers: WatchedCallers,
    telling: WatchedTelling,
  ) {
    this.#situation = situation;
    this.#settings = settings;
    this.#queue = queue;
    this.#calls = calls;
    this.#callers = callers;
    this.#telling = telling;
    this.#cache = settings.cache === undefined ? undefined : new WatchedCache(settings.cache, situation);
  }

  get count(): number {
    return this.leavers.length;
  }

  /** What the batcher weighs keys with. */
  weigh(key: Key): number {
    this.#weighed += 1;
    if (key.weight === THROWS) throw new Error("of weigh");
    return key.weight;
  }

  load(batcher: Batcher<Key, Value>, step: LoadStep): void {
    const { proof } = this.#situation;
    const { word, partition, delayMs } = step;
    const serial = this.count;
    const weight = this.#settings.weighs ? step.weight : 1;
    const key: Key = { serial, word, partition, weight, secret: `secret of ${serial}` };
    const leaver = new AbortController();
    this.leavers.push(leaver);
    if (step.hasLeft) leaver.abort(new Error("has left"));

    const closed: readonly Outcome[] = this.#situation.state === "closed" ? ["shutOut"] : [];
    const atOnce: readonly Outcome[] = step.hasLeft ? ["left", ...closed] : closed;
    const hit = atOnce.length === 0 ? this.#hit(batcher, key) : undefined;
    const equal = this.#equalOf(key);
    const outcomes = atOnce.length > 0 || hit !== undefined ? atOnce : this.#refusals(key, equal);

    const isAsked = outcomes.length === 0 && hit === undefined;
    if (isAsked) this.#callers.pushOut(this.#whoMayBePushedOut(partition));
    const caller = isAsked ? this.#accept(key, equal, delayMs, leaver) : undefined;
    const weighed = this.#weighed;
    const sharedBefore = batcher.stats().totals.shared;
    const promise = batcher.load(key, {
      partition,
      signal: leaver.signal,
      origin: serial,
      ...(delayMs === undefined ? {} : { maxDelayMs: delayMs }),
    });
    const hasJoined = batcher.stats().totals.shared > sharedBefore;
    if (caller === undefined) {
      this.#callers.turnAway(promise, hit === undefined ? outcomes : ["hit"], leaver, hit);
      const mayWeigh = outcomes.some((outcome) => outcome !== "left" && outcome !== "shutOut");
      proof.holds(3, this.#weighed - weighed <= (mayWeigh ? 1 : 0), "a key was weighed for nothing");
      return;
    }
    this.#checkJoin(caller, equal, hasJoined);
    const weighings = this.#settings.weighs && !hasJoined ? 1 : 0;
    proof.holds(3, this.#weighed - weighed === weighings, "a key is weighed once, when it is first loaded");
    this.#callers.watch(caller, promise);
  }

  clear(batcher: Batcher<Key, Value>, named: Named): void {
    for (const watched of this.#runningEquals(named)) {
      if (!watched.isForgotten) this.#situation.proof.saw("cleared while it ran");
    }
    this.#forget(batcher, named);
  }

  /** A key has its result: its value is cached. */
  keep({ key, isForgotten, isOutlived }: WatchedKey, result: Result): void {
    if (result.type !== "value" || isForgotten) return;
    this.#cache?.put(nameOf(key), result.value, !isOutlived);
  }

  /** The cached value that the load has to get. */
  #hit(batcher: Batcher<Key, Value>, key: Key): Value | undefined {
    const { proof, limits } = this.#situation;
    const entry = this.#cache?.look(nameOf(key));
    if (entry === undefined) return undefined;
    if (entry === "too old") {
      proof.saw("cached value too old");
      return undefined;
    }
    if (!entry.isSure) {
      // Whether it is there is left open: see to it that it is not.
      this.#forget(batcher, key);
      return undefined;
    }
    if (this.#callers.waitingCount >= limits.maxQueueSize) proof.saw("cache hit with a full queue");
    this.#cache?.use(entry);
    return entry.value;
  }

  #refusals({ weight, partition }: Key, equal: WatchedKey | undefined): readonly Outcome[] {
    const { limits } = this.#situation;
    const outcomes: Outcome[] = [];
    if (equal === undefined) {
      if (!(weight >= 0 && weight < Infinity)) outcomes.push("rejected");
      else if (weight > limits.maxBatchWeight) outcomes.push("tooHeavy");
    }
    const isFull = this.#callers.waitingCount >= limits.maxQueueSize;
    if (isFull && this.#whoMayBePushedOut(partition).length === 0) outcomes.push("refused");
    return outcomes;
  }

  /** The newest waiting caller of each partition that has the most of them; nobody where there is room. */
  #whoMayBePushedOut(partition: string): readonly WatchedCaller[] {
    const { limits, state } = this.#situation;
    if (state !== "open" || this.#callers.waitingCount < limits.maxQueueSize) return [];
    const waiting = new Map<string, WatchedCaller[]>();
    for (const caller of this.#callers.open) {
      if (!caller.isWaiting) continue;
      const { partition } = caller.watched.key;
      const others = waiting.get(partition);
      if (others === undefined) waiting.set(partition, [caller]);
      else others.push(caller);
    }
    const own = waiting.get(partition)?.length ?? 0;
    const share = Math.floor(limits.maxQueueSize / (waiting.size + (own === 0 ? 1 : 0)));
    if (own >= share) return [];
    const most = Math.max(...[...waiting.values()].map(({ length }) => length));
    return [...waiting.values()]
      .filter(({ length }) => length === most)
      .flatMap((callers) => callers.filter(isNotAlone).slice(-1));
  }

  #accept(
    key: Key,
    equal: WatchedKey | undefined,
    delayMs: number | undefined,
    leaver: AbortController,
  ): WatchedCaller {
    const loadedAt = this.#situation.clock.now();
    let watched = equal;
    if (watched === undefined) {
      watched = {
        key,
        loadedAt,
        state: "waiting",
        callers: new Set(),
        batch: undefined,
        isForgotten: false,
        isOutlived: false,
        result: undefined,
        hadCallersAtItsEnd: false,
        failure: undefined,
      };
      // Before the load, which may call the batch function at once.
      this.#queue.add(watched);
    }
    const caller: WatchedCaller = {
      serial: key.serial,
      watched,
      loadedAt,
      delayMs,
      leaver,
      isWaiting: true,
      mayBePushedOut: false,
      isPushedOut: false,
    };
    this.#callers.add(caller);
    return caller;
  }

  #checkJoin({ serial }: WatchedCaller, equal: WatchedKey | undefined, hasJoined: boolean): void {
    const { proof } = this.#situation;
    proof.holds(8, hasJoined || equal === undefined, `load ${serial} did not join the equal key`);
    proof.holds(8, !hasJoined || equal !== undefined, `load ${serial} joined where nothing is equal`);
    if (equal === undefined) return;
    this.shared += 1;
    proof.saw(equal.state === "waiting" ? "joined a waiting key" : "joined a running key");
    if (equal.state === "running" && equal.batch !== undefined) this.#telling.checkJoin(serial, equal.batch);
    if (equal.callers.size === 1) proof.saw("joined a key that all had left");
  }

  #equalOf(key: Key): WatchedKey | undefined {
    const { clock, limits, proof } = this.#situation;
    if (!this.#settings.shareEqualKeys) return undefined;
    const waiting = this.#queue.of(key.partition).find((watched) => watched.key.word === key.word);
    if (waiting !== undefined) return waiting;
    const running = this.#runningEquals(key).find(
      ({ isForgotten, isOutlived }) => !isForgotten && !isOutlived,
    );
    if (running?.batch === undefined || clock.now() - running.batch.startedAt < limits.timeoutMs)
      return running;
    // A call that has run so long may hang: nobody joins it any more, or it would never be told to stop.
    running.isOutlived = true;
    proof.saw("did not join a call that may hang");
    return undefined;
  }

  #runningEquals({ word, partition }: Named): readonly WatchedKey[] {
    return this.#calls.batches
      .filter(({ isOver, context }) => !isOver && !context.signal.aborted && context.partition === partition)
      .flatMap(({ keys }) => keys.filter(({ key, state }) => key.word === word && state === "running"));
  }

  #forget(batcher: Batcher<Key, Value>, { word, partition }: Named): void {
    this.#cache?.forget(nameOf({ word, partition }));
    for (const watched of this.#runningEquals({ word, partition })) watched.isForgotten = true;
    const key: Key = { serial: -1, word, partition, weight: 1, secret: "" };
    batcher.clear(key, partition === "" ? undefined : { partition });
  }
}

function nameOf({ word, partition }: Named): string {
  return `${partition}\n${word}`;
}

/** Not one for whom alone a batch runs: to push it out would end that. */
function isNotAlone({ watched }: WatchedCaller): boolean {
  return watched.state === "waiting" || watched.callers.size > 1;
}
