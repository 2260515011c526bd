// What was kept is looked for, and what never was is not.

import { expect, test } from "vitest";
import { KeptTexts } from "../../../src/server/documents/kept-texts.ts";

const textOf = (number: number): string => `{ upper(x: "cat${number}") }`;

test("texts that were kept may be there, others are not, but for very few", () => {
  const kept = new KeptTexts();
  const mayHave = (from: number, to: number): number => {
    let count = 0;
    for (let number = from; number < to; number += 1) if (kept.mayHave(textOf(number))) count += 1;
    return count;
  };
  expect(mayHave(0, 100_000)).toBeLessThan(4);
  for (let number = 0; number < 1_000; number += 1) kept.add(textOf(number));
  // Some thousandths have lost their place to others.
  expect(mayHave(0, 1_000)).toBeGreaterThan(950);
  expect(mayHave(1_000, 101_000)).toBeLessThan(4);
});

test("a text that has lost its place gets it back when it is kept again", () => {
  const kept = new KeptTexts();
  kept.add("{ a }");
  for (let number = 0; kept.mayHave("{ a }"); number += 1) kept.add(textOf(number));
  kept.add("{ a }");
  expect(kept.mayHave("{ a }")).toBe(true);
});

test("long texts are always looked for", () => {
  const long = `{ upper(x: "${"cat".repeat(200)}") }`;
  const kept = new KeptTexts();
  expect(kept.mayHave(long)).toBe(true);
  kept.add(long);
  expect(kept.mayHave(long)).toBe(true);
});
