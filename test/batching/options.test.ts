// A bad option is refused at once, with one line that says which, what was expected, and what was given.

import { describe, expect, test, vi } from "vitest";
import type { BatcherOptions, LoadOptions } from "../../src/batching/index.ts";
import { createBatcher, DEFAULT_LIMITS, OptionError } from "../../src/batching/index.ts";
import { checkBatcherOptions } from "../../src/batching/options.ts";
import { setUp, upper } from "../support/heart.ts";

const COUNT = "a whole number of 1 or more";
const DELAY = "a number of milliseconds from 0 to 2147483647";
const TIMEOUT = "a number of milliseconds from 1 to 2147483647";
const BAD_NUMBERS: readonly [unknown, string][] = [
  [-1, "-1"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  ["abc", '"abc"'],
  ["5", '"5"'],
  [null, "null"],
  [5n, "5"],
  [[5], "an array"],
  [{}, "an object"],
];

/** What types forbid, but JavaScript and configuration files can give. */
function create(options: object): unknown {
  return createBatcher((keys: readonly string[]) => keys, options as BatcherOptions<string>);
}

describe("limits", () => {
  for (const name of ["maxBatchSize", "concurrency", "maxQueueSize"]) {
    test.each([...BAD_NUMBERS, [0, "0"], [1.5, "1.5"], [2 ** 53, "9007199254740992"]] as const)(
      `${name} is a count: not %s`,
      (given, shown) => {
        const message = `${name}: expected ${COUNT}, but got: ${shown}`;
        expect(() => create({ [name]: given })).toThrow(new OptionError(name, COUNT, given));
        expect(() => create({ [name]: given })).toThrow(message);
      },
    );
  }

  for (const name of ["maxDelayMs", "abortGraceMs"]) {
    test.each([...BAD_NUMBERS, [2 ** 31, "2147483648"]] as const)(
      `${name} is a time: not %s`,
      (given, shown) => {
        expect(messageOf({ [name]: given })).toBe(`${name}: expected ${DELAY}, but got: ${shown}`);
      },
    );
  }

  test.each([...BAD_NUMBERS, [2 ** 31, "2147483648"], [0, "0"], [0.5, "0.5"]] as const)(
    "timeoutMs is a time of 1 or more: not %s",
    (given, shown) => {
      expect(messageOf({ timeoutMs: given })).toBe(`timeoutMs: expected ${TIMEOUT}, but got: ${shown}`);
    },
  );

  test.each([
    [0, "0"],
    [-1, "-1"],
    [Number.NaN, "NaN"],
    ["5", '"5"'],
    [null, "null"],
  ] as const)("maxBatchWeight is more than 0: not %s", (given, shown) => {
    const message = `maxBatchWeight: expected a number of more than 0, but got: ${shown}`;
    expect(messageOf({ maxBatchWeight: given })).toBe(message);
  });

  test("the least and the greatest of each are taken", () => {
    const least = {
      maxBatchSize: 1,
      maxBatchWeight: Number.MIN_VALUE,
      maxDelayMs: 0,
      concurrency: 1,
      maxQueueSize: 1,
      timeoutMs: 1,
      abortGraceMs: 0,
    };
    const longest = 2 ** 31 - 1;
    const greatest = { maxDelayMs: longest, timeoutMs: longest, abortGraceMs: longest };
    expect(setUp(least).batcher.limits).toEqual(least);
    expect(setUp(greatest).batcher.limits).toEqual({ ...DEFAULT_LIMITS, ...greatest });
  });

  test("what is not given has its default", () => {
    expect(createBatcher((keys: readonly string[]) => keys).limits).toEqual({
      maxBatchSize: 32,
      maxBatchWeight: Infinity,
      maxDelayMs: 10,
      concurrency: 4,
      maxQueueSize: 10_000,
      timeoutMs: 30_000,
      abortGraceMs: 5_000,
    });
    expect(create({ maxBatchSize: undefined })).toMatchObject({ limits: DEFAULT_LIMITS });
  });
});

test("the name is a string, and what is shared or isolated is true or false", () => {
  expect(messageOf({ name: 7 })).toBe("name: expected a string, but got: 7");
  expect(messageOf({ shareEqualKeys: "yes" })).toBe('shareEqualKeys: expected true or false, but got: "yes"');
  expect(messageOf({ isolateFailures: 1 })).toBe("isolateFailures: expected true or false, but got: 1");
});

test("how to drain is checked, and nothing ends by what cannot be used", async () => {
  const { batcher, load, clock } = setUp({ maxBatchSize: 1 }, upper);
  const message = `graceMs: expected ${DELAY}, but got: -1`;
  expect(() => batcher.drain({ graceMs: -1 })).toThrow(message);
  expect(() => batcher.drain(7 as never)).toThrow("options: expected an object, but got: 7");
  const answered = load("a");
  await clock.advance(0);
  expect(answered.value).toBe("A");
  await batcher.drain({ graceMs: 0 });
});

test("acceptUntil is a promise", () => {
  const { batcher } = setUp();
  const message = "acceptUntil: expected a promise, but got: 5";
  expect(() => batcher.drain({ acceptUntil: 5 as never })).toThrow(message);
  expect(batcher.stats().state).toBe("open");
});

test("a cache has ten million entries at most", () => {
  const cacheOf = (maxEntries: number) => ({ cache: { maxEntries, ttlMs: 1 } });
  expect(() => checkBatcherOptions(cacheOf(10_000_000))).not.toThrow();
  expect(() => checkBatcherOptions(cacheOf(10_000_001))).toThrow(
    "cache.maxEntries: expected 10000000 at most, but got: 10000001",
  );
});

test("what clear is told is checked", () => {
  const { batcher } = setUp();
  expect(() => batcher.clear("a", { partition: 3 as never })).toThrow(
    "partition: expected a string, but got: 3",
  );
  expect(() => batcher.clear("a", null as never)).toThrow("options: expected an object, but got: null");
});

describe("functions", () => {
  test.each([
    [undefined, "undefined"],
    ["upper", '"upper"'],
    [null, "null"],
    [{}, "an object"],
  ])("the batch function is not %s", (given, shown) => {
    const message = `batchFunction: expected a function, but got: ${shown}`;
    expect(() => createBatcher(given as never)).toThrow(
      new OptionError("batchFunction", "a function", given),
    );
    expect(() => createBatcher(given as never)).toThrow(message);
  });

  test("keyId and onWarning are functions", () => {
    expect(messageOf({ keyId: "id" })).toBe('keyId: expected a function, but got: "id"');
    expect(messageOf({ onWarning: true })).toBe("onWarning: expected a function, but got: true");
  });
});

describe("options of one load", () => {
  const cases: readonly [object, string][] = [
    ...[...BAD_NUMBERS, [2 ** 31, "2147483648"] as const].map(([given, shown]): [object, string] => [
      { maxDelayMs: given },
      `maxDelayMs: expected ${DELAY}, but got: ${shown}`,
    ]),
    [{ partition: 7 }, "partition: expected a string, but got: 7"],
    [{ partition: null }, "partition: expected a string, but got: null"],
    [{ signal: "stop" }, 'signal: expected an AbortSignal, but got: "stop"'],
    [{ signal: {} }, "signal: expected an AbortSignal, but got: an object"],
    [{ signal: new AbortController() }, "signal: expected an AbortSignal, but got: an object"],
    [{ signal: null }, "signal: expected an AbortSignal, but got: null"],
  ];

  test.each(cases)("%o rejects that load alone", async (options, message) => {
    const heart = setUp();
    const load = heart.load("a", options as LoadOptions);
    await heart.clock.advance(0);
    expect(load.reason).toBeInstanceOf(OptionError);
    expect(load.reason).toMatchObject({ code: "BATCH_BAD_OPTION", message });
    expect(heart.batcher.stats()).toMatchObject({
      pendingCallers: 0,
      partitions: 0,
      totals: { loads: 1, rejected: 1 },
    });
  });

  test("undefined is as good as not given", async () => {
    const heart = setUp({ maxDelayMs: 10 });
    heart.load("a", { signal: undefined, maxDelayMs: undefined, partition: undefined });
    await heart.clock.advance(10);
    expect(heart.reasons).toEqual(["delay"]);
  });
});

describe("an OptionError", () => {
  test("is a TypeError with a stable code and one line", () => {
    const error = new OptionError("maxBatchSize", COUNT, "many");
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: "OptionError", code: "BATCH_BAD_OPTION" });
    expect(error.message.split("\n")).toHaveLength(1);
  });

  test("stays one line whatever was given", () => {
    expect(new OptionError("name", "a string", "two\nlines").message).toBe(
      'name: expected a string, but got: "two\\nlines"',
    );
    expect(new OptionError("name", "a string", () => "a\nb").message).toContain("got: a function");
  });
});

describe("warnings", () => {
  function warningsOf(options: BatcherOptions<string>): string[] {
    const warnings: string[] = [];
    setUp({ ...options, onWarning: (message) => warnings.push(message) });
    return warnings;
  }

  test("a delay that is not shorter than the whole time allowed is warned of", () => {
    expect(warningsOf({ maxDelayMs: 50, timeoutMs: 50 })).toEqual([
      "maxDelayMs (50) is not shorter than timeoutMs (50): a batch that does not fill times out before it leaves",
    ]);
  });

  test("a queue that is smaller than a batch is warned of", () => {
    expect(warningsOf({ maxQueueSize: 8, maxBatchSize: 9 })).toEqual([
      "maxQueueSize (8) is less than maxBatchSize (9): no batch can ever be full",
    ]);
  });

  test("limits that go together are not warned of", () => {
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf({ maxQueueSize: 9, maxBatchSize: 9, maxDelayMs: 49, timeoutMs: 50 })).toEqual([]);
    // Full by its weight.
    expect(warningsOf({ maxQueueSize: 8, maxBatchSize: 9, maxBatchWeight: 5 })).toEqual([]);
  });

  test("without onWarning they are warnings of the process, and say which batcher", () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    create({ name: "upper", maxQueueSize: 1, maxBatchSize: 2 });
    expect(emitWarning.mock.calls).toEqual([
      ["upper: maxQueueSize (1) is less than maxBatchSize (2): no batch can ever be full", "JitneyWarning"],
    ]);
    emitWarning.mockRestore();
  });
});

function messageOf(options: object): string {
  try {
    create(options);
  } catch (error) {
    if (error instanceof OptionError) return error.message;
    throw error;
  }
  throw new Error("The options were taken");
}

test("options that are no object are refused, of a batcher and of one load", async () => {
  const message = "options: expected an object, but got: null";
  expect(() => create(null as never)).toThrow(message);
  const { batcher } = setUp();
  await expect(batcher.load("a", null as never)).rejects.toThrow(
    new OptionError("options", "an object", null),
  );
});
