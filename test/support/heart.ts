// A batcher of words on a virtual clock, whose batches the test runs by hand, and loads that can be looked at.

import type {
  BatchContext,
  Batcher,
  BatcherOptions,
  BatchFunction,
  LoadOptions,
} from "../../src/batching/index.ts";
import { createBatcher } from "../../src/batching/index.ts";
import { promisesToSettle, VirtualClock } from "./virtual-clock.ts";

/** One load, and what has become of it so far. */
export class Load<V> {
  state: "pending" | "answered" | "rejected" = "pending";
  value: V | undefined;
  reason: unknown;

  constructor(promise: Promise<V>) {
    promise.then(
      (value) => {
        this.state = "answered";
        this.value = value;
      },
      (reason: unknown) => {
        this.state = "rejected";
        this.reason = reason;
      },
    );
  }
}

/** One call of the batch function. It runs until the test ends it. */
export class HandRunCall {
  readonly keys: readonly string[];
  readonly context: BatchContext;
  readonly #end = Promise.withResolvers<unknown>();

  constructor(keys: readonly string[], context: BatchContext) {
    this.keys = keys;
    this.context = context;
  }

  get result(): Promise<unknown> {
    return this.#end.promise;
  }

  /** Ends the call with these values; by default the right ones. */
  answer(values: unknown = upper(this)): Promise<void> {
    this.#end.resolve(values);
    return promisesToSettle();
  }

  fail(thrown: unknown): Promise<void> {
    this.#end.reject(thrown);
    return promisesToSettle();
  }
}

/** What the batch function gives for a call. Unknown on purpose: some tests give what the types forbid. */
export type Respond = (call: HandRunCall) => unknown;

/** The right values, at once: `cat` becomes `CAT`. */
export const upper: Respond = (call) => call.keys.map((key) => key.toUpperCase());

const byHand: Respond = (call) => call.result;

export interface Heart {
  readonly clock: VirtualClock;
  readonly batcher: Batcher<string, string>;
  /** Every call of the batch function so far. */
  readonly calls: readonly HandRunCall[];
  /** The keys of every call so far. */
  readonly batches: readonly (readonly string[])[];
  /** Why each batch has left. */
  readonly reasons: readonly string[];
  /** The call of that number, counted from 0; it fails where there is none yet. */
  call(index: number): HandRunCall;
  load(key: string, options?: LoadOptions): Load<string>;
  loadAll(keys: string, options?: LoadOptions): readonly Load<string>[];
}

/** A batcher with these limits. Its batches run until the test ends them, or as `respond` says. */
export function setUp(options: BatcherOptions<string> = {}, respond: Respond = byHand): Heart {
  const clock = options.clock instanceof VirtualClock ? options.clock : new VirtualClock();
  const calls: HandRunCall[] = [];
  const reasons: string[] = [];
  const batchFunction = (keys: readonly string[], context: BatchContext): unknown => {
    const call = new HandRunCall(keys, context);
    calls.push(call);
    return respond(call);
  };
  const batcher = createBatcher(batchFunction as BatchFunction<string, string>, {
    // Many tests mean the limits that are hardly meant in service.
    onWarning: () => {},
    ...options,
    clock,
  });
  batcher.events.on("batchStart", ({ reason }) => reasons.push(reason));
  const load = (key: string, loadOptions?: LoadOptions) => new Load(batcher.load(key, loadOptions));
  return {
    clock,
    batcher,
    calls,
    reasons,
    get batches() {
      return calls.map((call) => call.keys);
    },
    call(index) {
      const call = calls[index];
      if (call === undefined) throw new Error(`No call ${index} yet: there are ${calls.length}`);
      return call;
    },
    load,
    // One letter, one key: "abc" loads "a", "b" and "c".
    loadAll: (keys, loadOptions) => [...keys].map((key) => load(key, loadOptions)),
  };
}
