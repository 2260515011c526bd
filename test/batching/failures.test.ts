// What callers get when the batch function does not give what it should.

import { describe, expect, test, vi } from "vitest";
import { BatchError, createBatcher } from "../../src/batching/index.ts";
import type { Load, Respond } from "../support/heart.ts";
import { setUp, upper } from "../support/heart.ts";

/** The loads of "cat" and "dog", when their common batch is computed so. */
async function catAndDog(respond: Respond): Promise<readonly [Load<string>, Load<string>]> {
  const heart = setUp({ maxBatchSize: 2 }, respond);
  const loads = [heart.load("cat"), heart.load("dog")] as const;
  await heart.clock.advance(0);
  return loads;
}

function failedWith(load: Load<string>): BatchError {
  expect(load.reason).toBeInstanceOf(BatchError);
  expect(load.reason).toMatchObject({ code: "BATCH_FAILED", message: "The batch function failed" });
  return load.reason as BatchError;
}

describe("an Error for one key", () => {
  test("reaches that key's caller alone, as it is", async () => {
    const noCats = new RangeError("no cats");
    const [cat, dog] = await catAndDog(() => [noCats, "DOG"]);
    expect(cat.reason).toBe(noCats);
    expect(dog.value).toBe("DOG");
  });

  test("reaches all who share that key, and nobody else", async () => {
    const noCats = new Error("no cats");
    const heart = setUp({ maxBatchSize: 2, shareEqualKeys: true }, () => [noCats, "DOG"]);
    const loads = ["cat", "cat", "dog"].map((key) => heart.load(key));
    await heart.clock.advance(0);
    expect(loads.map((load) => load.reason)).toEqual([noCats, noCats, undefined]);
  });

  test("may come from another realm", async () => {
    const { runInNewContext } = await import("node:vm");
    const foreign: unknown = runInNewContext("new Error('no cats')");
    const [cat, dog] = await catAndDog(() => [foreign, "DOG"]);
    expect(cat.reason).toBe(foreign);
    expect(dog.value).toBe("DOG");
  });
});

describe("an array of promises", () => {
  test("gives each caller its own value", async () => {
    const [cat, dog] = await catAndDog(({ keys }) => keys.map(async (key) => key.toUpperCase()));
    expect([cat.value, dog.value]).toEqual(["CAT", "DOG"]);
  });

  test("may be mixed with plain values", async () => {
    const [cat, dog] = await catAndDog(() => ["CAT", Promise.resolve("DOG")]);
    expect([cat.value, dog.value]).toEqual(["CAT", "DOG"]);
  });

  test("of which one rejects fails that key alone, with its own error", async () => {
    const noCats = new Error("no cats");
    const [cat, dog] = await catAndDog(({ keys }) =>
      keys.map(async (key) => {
        if (key === "cat") throw noCats;
        return key.toUpperCase();
      }),
    );
    expect(cat.reason).toBe(noCats);
    expect(dog.value).toBe("DOG");
  });

  test("of which one rejects with something that is no Error gives that caller an Error", async () => {
    const [cat, dog] = await catAndDog(() => [Promise.reject("no cats"), "DOG"]);
    expect(cat.reason).toBeInstanceOf(Error);
    expect(cat.reason).toMatchObject({ cause: "no cats" });
    expect(dog.value).toBe("DOG");
  });
});

describe("a whole batch that fails", () => {
  const reason = new Error("the model is on fire");
  const ways: readonly [string, Respond][] = [
    ["throws", throwing(reason)],
    ["rejects", () => Promise.reject(reason)],
    ["gives a thenable that rejects", () => rejectingThenable(reason)],
  ];

  test.each(ways)(
    "because the batch function %s gives every caller an error of its own, with the cause",
    async (_, respond) => {
      const [cat, dog] = await catAndDog(respond);
      expect(failedWith(cat).cause).toBe(reason);
      expect(failedWith(dog).cause).toBe(reason);
      expect(cat.reason).not.toBe(dog.reason);
    },
  );

  test("gives every sharer of a key an error of its own", async () => {
    const heart = setUp({ maxBatchSize: 1, shareEqualKeys: true });
    const [first, second] = [heart.load("cat"), heart.load("cat")];
    await heart.call(0).fail(reason);
    expect(failedWith(first).cause).toBe(reason);
    expect(second.reason).not.toBe(first.reason);
  });

  const nonErrors: readonly (readonly [string, unknown])[] = [
    ["a string", "on fire"],
    ["undefined", undefined],
    ["null", null],
    ["an object", { on: "fire" }],
  ];
  test.each(nonErrors)("with %s that is thrown has an Error as its cause all the same", async (_, thrown) => {
    for (const respond of [throwing(thrown), () => Promise.reject(thrown)]) {
      const [cat] = await catAndDog(respond);
      const { cause } = failedWith(cat);
      expect(cause).toBeInstanceOf(Error);
      expect(cause).toMatchObject({ cause: thrown });
    }
  });

  test("leaves the batches after it alone", async () => {
    const heart = setUp({ maxBatchSize: 1, concurrency: 1 }, (call) => {
      if (call.keys[0] === "cat") throw reason;
      return upper(call);
    });
    heart.load("cat");
    const dog = heart.load("dog");
    await heart.clock.advance(0);
    expect(dog.value).toBe("DOG");
  });
});

describe("a result of the wrong shape", () => {
  const wrong: readonly [string, unknown, string][] = [
    ["too few values", ["CAT"], "an array of 1"],
    ["too many values", ["CAT", "DOG", "COW"], "an array of 3"],
    ["no values", [], "an array of 0"],
    ["a string", "CATDOG", "a value of type string"],
    ["an object", { cat: "CAT", dog: "DOG" }, "a value of type object"],
    ["a Set", new Set(["CAT", "DOG"]), "a value of type object"],
    ["undefined", undefined, "a value of type undefined"],
    ["null", null, "null"],
  ];

  for (const [name, given, but] of wrong) {
    const message = `The batch function must give one value per key: expected an array of 2, but got ${but}`;

    test(`${name} fails every caller with an error of its own, and the cause says what came`, async () => {
      for (const respond of [() => given, () => Promise.resolve(given)]) {
        const [cat, dog] = await catAndDog(respond);
        expect(failedWith(cat).cause).toMatchObject({ name: "TypeError", message });
        expect(failedWith(dog).cause).toMatchObject({ name: "TypeError", message });
        expect(cat.reason).not.toBe(dog.reason);
      }
    });

    test(`${name} shows no caller a key or a value`, async () => {
      const [cat] = await catAndDog(() => given);
      const { message: own, stack, cause } = failedWith(cat);
      const { message: inner } = cause as Error;
      for (const text of [own, stack ?? "", inner]) expect(text).not.toMatch(/cat|dog|cow/i);
    });
  }
});

function throwing(thrown: unknown): Respond {
  return () => {
    throw thrown;
  };
}

function rejectingThenable(reason: unknown): PromiseLike<never> {
  const promise = Promise.reject(reason);
  // biome-ignore lint/suspicious/noThenProperty: a thenable that is no Promise is what this is about
  return { then: (onFulfilled, onRejected) => promise.then(onFulfilled, onRejected) };
}

test("promises of the wrong number, one of which rejects, fail their batch and nothing else", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const batcher = createBatcher(() => [Promise.reject(new Error("late")), Promise.resolve("A")], {
      maxBatchSize: 1,
    });
    await expect(batcher.load("a")).rejects.toMatchObject({ code: "BATCH_FAILED" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});

test.each([
  ["a Map", (rejected: Promise<never>) => new Map([["a", rejected]])],
  ["a Set", (rejected: Promise<never>) => new Set([rejected])],
  ["an object", (rejected: Promise<never>) => ({ a: rejected })],
])("a rejecting promise in %s, which is no array, fails its batch and nothing else", async (_, holderOf) => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const respond = () => holderOf(Promise.reject(new Error("late"))) as never;
    const batcher = createBatcher<string, string>(respond, { maxBatchSize: 1 });
    await expect(batcher.load("a")).rejects.toMatchObject({ code: "BATCH_FAILED" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});

test("a function that has a then is waited for, and cannot outlast its caller's time", async () => {
  const heart = setUp({ maxBatchSize: 1, timeoutMs: 50 });
  const load = heart.load("a");
  // As proxies of something remote are: whatever they are asked for is a function.
  const remote = new Proxy(() => 1, { has: () => true, get: () => () => {} });
  await heart.call(0).answer([remote]);
  await heart.clock.advance(50);
  expect(load.reason).toMatchObject({ code: "BATCH_TIMEOUT" });
});

test("what is thrown and is no Error is the cause of one", async () => {
  const heart = setUp({ maxBatchSize: 1 }, () => {
    throw "a text";
  });
  const load = heart.load("a");
  await heart.clock.advance(0);
  expect(load.reason).toMatchObject({
    code: "BATCH_FAILED",
    cause: { message: "The batch function threw something that is no Error", cause: "a text" },
  });
});
