// Keys and values that JSON has a form for go to it as they are: no copy is made of them.

import { expect, test } from "vitest";
import { pack, unpack } from "../../src/cluster/typed-json.ts";

test("what JSON has a form for is not copied", () => {
  const key = { x: "cat", of: { age: 3, isBlack: true, none: null, left: undefined } };
  expect(pack("key", key)).toEqual({ value: key, isTagged: false });
  expect(pack("key", key).value).toBe(key);
});

test("a copy is made of what holds something else, and of nothing beside it", () => {
  const beside = { x: "cat" };
  const born = new Date(0);
  const { value, isTagged } = pack("key", { beside, born });
  expect(isTagged).toBe(true);
  expect((value as { beside: unknown }).beside).toBe(beside);
  expect(unpack(JSON.parse(JSON.stringify(value)))).toEqual({ beside, born });
});

test("what looks like a tag once JSON has left out the rest is no tag", () => {
  const key = { $date: "2026-11-23T12:00:00.000Z", left: undefined };
  const { value } = pack("key", key);
  expect(unpack(JSON.parse(JSON.stringify(value)))).toEqual({ $date: key.$date });
});
