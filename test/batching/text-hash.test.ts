// Texts come to places of their own, also where somebody wants them to share one.

import { expect, test } from "vitest";
import { hashOf } from "../../src/batching/text-hash.ts";

const BITS = 12;
const COUNT = 2 ** BITS;

/** A text for each number: one of two characters for each of its bits. */
function textOf(number: number, [zero, one]: readonly [string, string]): string {
  return Array.from({ length: BITS }, (_, bit) => ((number >> bit) & 1 ? one : zero)).join("");
}

test.each<[string, (number: number) => string]>([
  ["numbers", (number) => `${number}`],
  ["arguments", (number) => `{"1:x:"${`cat${number}`.length}:cat${number},}`],
  ["texts that differ in the highest bit of a character alone", (number) => textOf(number, ["A", "\u8041"])],
  ["texts that differ in high bits alone", (number) => textOf(number, ["A", "\uf041"])],
])("%s", (_what, textFor) => {
  const texts = Array.from({ length: COUNT }, (_, number) => textFor(number));
  for (const bits of [4, 8, BITS]) {
    const sizes = new Map<number, number>();
    for (const text of texts) {
      const place = hashOf(text) & (2 ** bits - 1);
      sizes.set(place, (sizes.get(place) ?? 0) + 1);
    }
    // As chance would have it; of so many more than there are, hardly one in a thousand million runs.
    expect(Math.max(...sizes.values())).toBeLessThan((COUNT / 2 ** bits) * 1.5 + 16);
  }
  expect(new Set(texts.map(hashOf)).size).toBeGreaterThan(COUNT * 0.9);
});
