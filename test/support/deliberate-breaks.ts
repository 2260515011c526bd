// Ways to break the heart, each by one change of its text: what the random schedules have to notice.

export interface Break {
  /** What is broken, in words. */
  readonly name: string;
  /** Of src/batching. */
  readonly file: string;
  /** Has to be in the file exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** Further changes, where one alone would change nothing that can be seen. */
  readonly also?: readonly Omit<Break, "name" | "also">[];
}

export const BREAKS: readonly Break[] = [
  // 1: every load settles exactly once, at the latest when its time is up.
  {
    name: "a time-out is not settled",
    file: "deadlines.ts",
    text: "if (this.#callers.size === 1) this.reset();",
    replacement: "",
  },
  {
    name: "timers that fire early are not looked at again",
    file: "clock.ts",
    text: "if (this.#clock.now() < time) {",
    replacement: "if (this.#clock.now() + 1 < time) {",
    also: [
      {
        file: "deadlines.ts",
        text: "if (this.#deadlineOf(caller) > now) {",
        replacement: "if (this.#deadlineOf(caller) > now + 1) {",
      },
    ],
  },
  {
    name: "the timer of those who have been answered is not cleared",
    file: "deadlines.ts",
    text: "if (this.#callers.size === 0) this.#alarm.clear();",
    replacement: "",
  },
  {
    name: "a changed timeoutMs does not set the alarm anew",
    file: "batcher.ts",
    text: "this.#callers.resetDeadlines();",
    replacement: "",
  },
  {
    name: "the timer of a call that was aborted is not cleared when it ends",
    file: "runner.ts",
    text: "call.stopGrace?.();",
    replacement: "",
  },
  {
    name: "what is left of an isolation without credits is not settled",
    file: "runner.ts",
    text: "for (const rest of isolation.takeRest()) this.#listener.onFailed(call, rest.keys, rest.error);",
    replacement: "",
  },

  // 2: a value reaches only the callers of its own key.
  {
    name: "results are swapped",
    file: "dispatcher.ts",
    text: "const value = values[index] as V | Error;",
    replacement: "const value = values[values.length - 1 - index] as V | Error;",
  },
  {
    name: "cached values are shared across partitions",
    file: "key-reader.ts",
    text: "return this.#isCached ?",
    replacement: "return false ?",
  },

  // 3: what a batch may hold.
  {
    name: "a batch takes one key more than maxBatchSize",
    file: "partition.ts",
    text: "if (taken.length === maxBatchSize ||",
    replacement: "if (taken.length > maxBatchSize ||",
  },
  {
    name: "a batch is cut without regard to weight",
    file: "partition.ts",
    text: "(taken.length > 0 && weight > maxBatchWeight)",
    replacement: "false",
  },
  {
    name: "a key that is too heavy is taken",
    file: "batcher.ts",
    text: "if (weight > this.#limits.maxBatchWeight) {",
    replacement: "if (weight > this.#limits.maxBatchWeight * 2) {",
  },
  {
    name: "keys of different partitions share a batch",
    file: "scheduler.ts",
    text: "let partition = this.#partitions.get(name);",
    replacement: "let partition = this.#partitions.values().next().value;",
  },
  {
    name: "the newest keys leave first",
    file: "partition.ts",
    text: "for (const pending of released) this.#queue.append(pending);",
    replacement: "for (const pending of released.toReversed()) this.#queue.append(pending);",
  },
  {
    name: "the hold is released twice",
    file: "partition.ts",
    text: "    this.#dispatch = undefined;\n    dispatch?.();",
    replacement: "    dispatch?.();",
  },
  {
    name: "the batch function is called twice",
    file: "runner.ts",
    text: "const result = this.#compute(call, call.pendings);",
    replacement:
      "this.#compute(call, call.pendings);\n    const result = this.#compute(call, call.pendings);",
  },

  // 4: when a batch leaves.
  {
    name: "weight does not make a batch full",
    file: "partition.ts",
    text: "|| this.#waitingWeight >= maxBatchWeight;",
    replacement: ";",
  },
  {
    name: "a batch leaves for a caller that is there no more",
    file: "scheduler.ts",
    text: "if (this.#ready.has(partition)) this.#place(partition);",
    replacement: "",
  },
  {
    name: "what stays behind when a batch leaves sets no alarm",
    file: "scheduler.ts",
    text: "if (partition.waitingCount > 0) this.#alarm.ringBy(partition.dueAt);",
    replacement: "",
  },
  {
    name: "changed limits are not held against who waits already",
    file: "batcher.ts",
    text: "this.#scheduler.reconsider();",
    replacement: "",
  },
  {
    name: "a load that is urgent does not hasten the key that it joins",
    file: "batcher.ts",
    text: "if (pending.call === undefined) this.#scheduler.hasten(partition, wantedAt);",
    replacement: "",
  },
  {
    name: "the weight of keys that have left still counts",
    file: "partition.ts",
    text: "this.#waitingWeight -= pending.weight;",
    replacement: "",
  },

  // 5: fair shares.
  {
    name: "no round-robin: a partition that has had its turn keeps its place",
    file: "scheduler.ts",
    text: "    this.#ready.delete(partition);\n    this.#place(partition);",
    replacement: "    this.#place(partition);",
  },
  {
    name: "the partition with the fewest running calls is not preferred",
    file: "scheduler.ts",
    text: "if (next === undefined || partition.runningCalls < next.runningCalls) next = partition;",
    replacement: "next ??= partition;",
  },
  {
    name: "the oldest caller is pushed out, not the newest",
    file: "callers.ts",
    text: "for (let caller = this.#deadlines.last; caller !== undefined; caller = caller.previous) {",
    replacement: "for (let caller = this.#deadlines.first; caller !== undefined; caller = caller.next) {",
  },
  {
    name: "somebody is pushed out of any partition, not of the one that has most",
    file: "callers.ts",
    text: "if (caller.pending.partition.waitingCallers < most || !mayBePushedOut(caller)) continue;",
    replacement: "if (!mayBePushedOut(caller)) continue;",
  },
  {
    name: "a partition that has its share pushes others out",
    file: "callers.ts",
    text: "if (own >= Math.floor(this.#limits.maxQueueSize / sharing)) return false;",
    replacement: "if (own > Math.floor(this.#limits.maxQueueSize / sharing)) return false;",
  },
  {
    name: "a partition keeps a turn that it has lost",
    file: "scheduler.ts",
    text: "if (this.#ready.has(pending.partition)) this.#place(pending.partition);",
    replacement: "",
  },

  // 6: what is bounded.
  {
    name: "a slot is never given back",
    file: "runner.ts",
    text: "if (!this.#running.delete(call)) return;",
    replacement: "if (!this.#running.has(call)) return;",
  },
  {
    name: "one call more than concurrency runs",
    file: "runner.ts",
    text: "return this.#running.size < this.#limits.concurrency;",
    replacement: "return this.#running.size <= this.#limits.concurrency;",
  },
  {
    name: "one caller more than maxQueueSize waits",
    file: "batcher.ts",
    text: "if (this.#callers.waitingCount < this.#limits.maxQueueSize) return true;",
    replacement: "if (this.#callers.waitingCount <= this.#limits.maxQueueSize) return true;",
  },
  {
    name: "a hung call is never abandoned",
    file: "runner.ts",
    text: '() => this.#end(call, { outcome: "abandoned" }),',
    replacement: "() => {},",
  },
  {
    name: "a caller counts as waiting when its batch has started",
    file: "callers.ts",
    text: "for (const caller of pending.callers) this.#stopWaiting(caller);",
    replacement: "",
  },

  // 7: who leaves.
  {
    name: "the listener on a caller's signal is not taken off",
    file: "callers.ts",
    text: 'caller.stopListening = () => signal.removeEventListener("abort", onAbort);',
    replacement: "",
  },
  {
    name: "nobody listens to a caller's signal",
    file: "callers.ts",
    text: 'signal.addEventListener("abort", onAbort, { once: true });',
    replacement: "",
  },
  {
    name: "a dead key is counted, and computed",
    file: "batcher.ts",
    text: "this.#scheduler.drop(pending);",
    replacement: "",
  },
  {
    name: "a batch is aborted when one of its keys has callers left",
    file: "dispatcher.ts",
    text: "if (call.liveKeys > 0) return;",
    replacement: "if (call.liveKeys > 1) return;",
  },
  {
    name: "a key that somebody joins again does not count for its call",
    file: "batcher.ts",
    text: "if (pending.call !== undefined && pending.isDead) pending.call.liveKeys += 1;",
    replacement: "",
  },

  // 8: what equal keys share.
  {
    name: "errors are cached",
    file: "dispatcher.ts",
    text: "else if (id !== undefined && pending.isShared)",
    replacement: "if (id !== undefined && pending.isShared)",
  },
  {
    name: "a cached value never gets too old",
    file: "value-cache.ts",
    text: "if (cached === undefined || cached.expiresAt > this.#clock.now()) return cached;",
    replacement: "if (cached === undefined || cached.expiresAt > 0) return cached;",
  },
  {
    name: "a key that was cleared while it ran is joined",
    file: "batcher.ts",
    text: "if (pending?.call !== undefined) pending.unshare();",
    replacement: "",
  },
  {
    name: "a call that hangs is joined for ever",
    file: "batcher.ts",
    text: "if (now - equal.call.startedAt < this.#limits.timeoutMs) return equal;",
    replacement: "return equal;",
  },
  {
    name: "a key that has left with its last caller is joined",
    file: "batcher.ts",
    text: "      pending.unshare();\n      this.#scheduler.drop(pending);",
    replacement: "      this.#scheduler.drop(pending);",
  },
  {
    name: "the cache takes one entry more",
    file: "value-cache.ts",
    text: "max: maxEntries",
    replacement: "max: maxEntries + 1",
  },
  {
    name: "a key whose call was aborted is joined",
    file: "dispatcher.ts",
    text: "for (const pending of call.pendings) pending.unshare();",
    replacement: "",
  },

  // 9: failures.
  {
    name: "an isolation has no budget",
    file: "isolation.ts",
    text: "return this.#credits > 0 ? this.#parts.shift() : undefined;",
    replacement: "return this.#parts.shift();",
  },
  {
    name: "a part that answers earns nothing",
    file: "runner.ts",
    text: "isolation.earn();",
    replacement: "",
  },
  {
    name: "a batch that was aborted is tried again",
    file: "call-result.ts",
    text: "mayBeOfKeys: !STOPS.has(nameOf(error))",
    replacement: "mayBeOfKeys: true",
  },
  {
    name: "a batch that took too long is tried again",
    file: "callers.ts",
    text: "if (call !== undefined) call.hasTimedOut = true;",
    replacement: "",
  },
  {
    name: "dead keys are computed again with the part that they are in",
    file: "runner.ts",
    text: "part.keys.filter((pending) => this.#isLive(call, pending));",
    replacement: "part.keys;",
  },
  {
    name: "all callers of a failed batch get the same error object",
    file: "callers.ts",
    text: 'caller.reject(new BatchError("BATCH_FAILED", "The batch function failed", { cause }));',
    replacement: "caller.reject(cause);",
  },
  {
    name: "the parts of a batch are called depth first",
    file: "isolation.ts",
    text: "this.#parts.push({ keys: keys.slice(0, half), error }, { keys: keys.slice(half), error });",
    replacement:
      "this.#parts.unshift({ keys: keys.slice(0, half), error }, { keys: keys.slice(half), error });",
  },
  {
    name: "an isolation goes on after a result of the wrong shape",
    file: "runner.ts",
    text: "if (!mayIsolate(call, result)) break;",
    replacement: "",
  },
  {
    name: "the error of an isolated key is that of the whole batch",
    file: "runner.ts",
    text: "this.#listener.onFailed(call, keys, result.error);",
    replacement: "this.#listener.onFailed(call, keys, error);",
  },

  // 10: the drain.
  {
    name: "a drain does not wait for what runs",
    file: "ending.ts",
    text: "await this.#idleOrGraceOver(graceMs);",
    replacement: "",
  },
  {
    name: "a drain never ends to take keys",
    file: "ending.ts",
    text: 'this.#state = "closed";',
    replacement: "",
  },
  {
    name: "a drain does not release what waits",
    file: "ending.ts",
    text: "this.#batcher.release();",
    replacement: "",
  },
  {
    name: "keys that come while it drains wait for their delay",
    file: "scheduler.ts",
    text: 'if (this.#isDraining) return "drain";',
    replacement: "",
  },
  {
    name: "a second drain goes on taking keys",
    file: "ending.ts",
    text: "if (options.acceptUntil === undefined) this.#stopAccepting.resolve();",
    replacement: "",
  },
  {
    name: "callers are pushed out while it drains",
    file: "batcher.ts",
    text: 'if (this.#ending.state !== "open") return false;',
    replacement: "",
  },

  // 11: nothing is shown.
  {
    name: "the error of a wrong shape shows the values",
    file: "call-result.ts",
    text: "if (Array.isArray(given)) return",
    replacement: "if (Array.isArray(given)) return JSON.stringify(given) +",
  },

  // 12: who watches is told of all, once.
  {
    name: "nobody is told of a caller that joins a key that runs",
    file: "batcher.ts",
    text: "this.#dispatcher.join(pending.call, origin);",
    replacement: "{}",
  },
  {
    name: "callers are told to have waited as long as the first of their key",
    file: "dispatcher.ts",
    text: "for (const { origin, loadedAt } of pending.callers) {",
    replacement: "const { loadedAt } = pending; for (const { origin } of pending.callers) {",
  },
  {
    name: "only the first caller of a key is told of",
    file: "dispatcher.ts",
    text: "for (const { origin, loadedAt } of pending.callers) {",
    replacement: "for (const { origin, loadedAt } of pending.callers.slice(0, 1)) {",
  },
  {
    name: "who watches a batch does not call the batch function again where it is isolated",
    file: "runner.ts",
    text: "watch === undefined ? compute() :",
    replacement: "watch === undefined || call.calls > 1 ? compute() :",
  },
  {
    name: "the end of a load that leaves is not told",
    file: "callers.ts",
    text: "this.#tell(caller, outcome);\n    this.#onSettled();",
    replacement: "this.#onSettled();",
  },
  {
    name: "the end of a load from the cache is not told",
    file: "batcher.ts",
    text: 'this.#emitter.tell("loadEnd", () => ({ outcome: "answered", durationMs: 0 }));',
    replacement: "",
  },
  {
    name: "the end of a load that is turned away is not told",
    file: "batcher.ts",
    text: 'this.#emitter.tell("loadEnd", () => ({ outcome, durationMs: 0 }));',
    replacement: "",
  },
  {
    name: "what fills is of a partition that is not due first",
    file: "scheduler.ts",
    text: "if (leavesAt >= dueAt) continue;",
    replacement: "",
  },
  {
    name: "a full batch that waits for a slot is shown to be due later",
    file: "scheduler.ts",
    text: "dueInMs: Math.max(0, dueAt - now)",
    replacement: "dueInMs: Math.max(0, next.firstDueAt(this.#limits) - now)",
  },
  {
    name: "what fills is shown to be due when a caller was that has left",
    file: "scheduler.ts",
    text: "partition.firstDueAt(this.#limits)",
    replacement: "partition.dueAt",
  },
];
