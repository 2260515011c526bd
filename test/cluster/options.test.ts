// What a shared batch may be told.

import { expect, test } from "vitest";
import { sharedBatch } from "../../src/cluster/index.ts";
import { OptionError } from "../../src/index.ts";

test.each([
  [{ url: "http://127.0.0.1" }, "url: expected amqp://user:password@host:port/vhost, or amqps:// for TLS"],
  [{ url: "amqp://user:secret@" }, "url: expected amqp://"],
  [{ url: 5672 }, "url: expected amqp://"],
  [{ url: "amqp://a", queueType: "stream" }, 'queueType: expected "classic" or "quorum", but got: "stream"'],
  [
    { url: "amqp://a", maxQueuedChunks: 0 },
    "maxQueuedChunks: expected a whole number of 1 or more, but got: 0",
  ],
  [
    { url: "amqp://a", delivery: "never" },
    'delivery: expected "at-least-once" or "at-most-once", but got: "never"',
  ],
])("bad options are refused in one line, without a password: %j", (options, message) => {
  let thrown: unknown;
  try {
    sharedBatch("upper", options as never);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(OptionError);
  expect(String(thrown)).toContain(message);
  expect(String(thrown)).not.toMatch(/secret|\n/);
});

test.each([
  [12, "name: expected that of a field: Query.upper, or upper, but got: 12"],
  ["", 'name: expected that of a field: Query.upper, or upper, but got: ""'],
  ["Query.upper.lone", 'name: expected that of a field: Query.upper, or upper, but got: "Query.upper.lone"'],
  ["a".repeat(300), "name: expected 243 characters at most where batches are shared, but got: 306"],
])("a name that no queue can have is refused in one line: %s", (name, message) => {
  expect(() => sharedBatch(name as string, { url: "amqp://a" })).toThrow(OptionError);
  expect(() => sharedBatch(name as string, { url: "amqp://a" })).toThrow(message);
});
