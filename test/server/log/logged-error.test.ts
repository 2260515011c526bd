// What the log has of an error: enough to find it, nothing that only happens to hang on it, and never too much.

import { expect, test } from "vitest";
import { loggedError } from "../../../src/server/log/logged-error.ts";

test("an error is its type, message, stack, code and cause", () => {
  class OutOfStock extends Error {
    readonly code = "OUT_OF_STOCK";
  }
  const error = new OutOfStock("none left", { cause: new TypeError("no row") });
  expect({ ...loggedError(error) }).toEqual({
    type: "OutOfStock",
    message: "none left",
    stack: error.stack,
    code: "OUT_OF_STOCK",
    cause: expect.objectContaining({ type: "TypeError", message: "no row" }),
  });
});

test("its other properties, which may hold keys and secrets, are left out, at every level", () => {
  const extra = { keys: ["hunter2"], config: { headers: { authorization: "hunter2" } }, hunter2: 1 };
  const worse = (error: Error): Error => Object.assign(error, extra);
  const error = worse(
    new AggregateError([worse(new Error("one"))], "all", {
      cause: worse(new Error("why", { cause: { ...extra, status: 418 } })),
    }),
  );
  const text = JSON.stringify(loggedError(error));
  expect(text).toContain("{ status: 418 }");
  expect(text).not.toContain("hunter2");
});

test.each([
  ["a text", "no", { type: "string", message: "no" }],
  ["a number", 7, { type: "number", message: "7" }],
  ["null", null, { type: "null", message: "{  }" }],
  ["undefined", undefined, { type: "undefined", message: "" }],
  [
    "an object",
    { code: "E", status: 5, key: "hunter2" },
    { type: "object", message: "{ code: E, status: 5 }" },
  ],
])("what is no Error is told in short: %s", (_what, thrown, expected) => {
  expect({ ...loggedError(thrown) }).toEqual({ ...expected, stack: expect.any(String) });
});

test("a code that is no text and no number is left out", () => {
  expect(loggedError(Object.assign(new Error("x"), { code: { key: "hunter2" } })).code).toBeUndefined();
});

test("an error that throws when it is looked at can be logged", () => {
  const error = new Error("x");
  Object.defineProperty(error, "message", {
    get() {
      throw new Error("not me");
    },
  });
  expect(loggedError(error).message).toBe("(cannot be shown)");
});

/** How many errors there are in what is told of one. */
function countIn(thrown: unknown): number {
  return JSON.stringify(loggedError(thrown)).match(/"message":/g)?.length ?? 0;
}

test("causes in a circle come to an end, and so do long chains, and many at once", () => {
  const error = new Error("a");
  error.cause = new Error("b", { cause: error });
  expect(countIn(error)).toBe(2);
  const chain = Array.from({ length: 100 }).reduce<Error>((cause) => new Error("x", { cause }), error);
  expect(countIn(chain)).toBe(5);
  const many = new AggregateError(Array.from({ length: 1_000 }, () => new Error("x")));
  expect(loggedError(many).aggregateErrors).toHaveLength(10);
});

test("an error that hangs on others many times is told once", () => {
  const error = new AggregateError([], "all");
  error.errors = Array.from({ length: 10 }, () => error);
  expect({ ...loggedError(error) }).toEqual({
    type: "AggregateError",
    message: "all",
    stack: expect.any(String),
  });
  const shared = new Error("shared");
  expect(countIn(new AggregateError([shared, shared], "both", { cause: shared }))).toBe(2);
});

test("of errors of errors, no more are told than 20 in all, and the nearest first", () => {
  const treeOf = (levels: number): Error => {
    const errors = levels > 1 ? Array.from({ length: 10 }, () => treeOf(levels - 1)) : [];
    return new AggregateError(errors, `level ${levels} ${"x".repeat(5_000)}`, { cause: new Error("why") });
  };
  const tree = treeOf(4);
  expect(countIn(tree)).toBe(20);
  expect(loggedError(tree).cause?.message).toBe("why");
  expect(loggedError(tree).aggregateErrors).toHaveLength(10);
  expect(JSON.stringify(loggedError(tree)).length).toBeLessThan(400_000);
});

test("a message of a megabyte is cut, and the stack still says where it comes from", () => {
  const error = new Error("x".repeat(2 ** 20));
  const { message, stack } = loggedError(error);
  expect(message.length).toBeLessThan(5_000);
  expect(stack.length).toBeLessThan(20_000);
  expect(stack).toContain("logged-error.test.ts");
});
