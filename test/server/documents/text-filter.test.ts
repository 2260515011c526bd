// A text that was added is remembered, and others are not.

import { expect, test } from "vitest";
import { TextFilter } from "../../../src/server/documents/text-filter.ts";

const textOf = (number: number): string => `{ upper(x: "cat${number}") }`;

test("texts that were added are there, and others are not, but for very few", () => {
  const filter = new TextFilter(65_536);
  const count = (from: number, to: number): number => {
    let found = 0;
    for (let number = from; number < to; number += 1) if (filter.has(textOf(number))) found += 1;
    return found;
  };
  expect(count(0, 100_000)).toBeLessThan(4);
  for (let number = 0; number < 1_000; number += 1) filter.add(textOf(number));
  // Some thousandths have lost their place to others.
  expect(count(0, 1_000)).toBeGreaterThan(950);
  expect(count(1_000, 101_000)).toBeLessThan(4);
});

test("a text that has lost its place gets it back when it is added again", () => {
  const filter = new TextFilter(65_536);
  filter.add("{ a }");
  for (let number = 0; filter.has("{ a }"); number += 1) filter.add(textOf(number));
  expect(filter.add("{ a }")).toBe(false);
  expect(filter.has("{ a }")).toBe(true);
  expect(filter.add("{ a }")).toBe(true);
});

test("a small one forgets soon what many others come after", () => {
  const filter = new TextFilter(64);
  for (let number = 0; number < 1_000; number += 1) filter.add(textOf(number));
  let remembered = 0;
  for (let number = 0; number < 1_000; number += 1) if (filter.has(textOf(number))) remembered += 1;
  expect(remembered).toBeGreaterThan(0);
  expect(remembered).toBeLessThanOrEqual(64);
});
