// Bytes that nobody meant: what a seed makes of others, and of nothing.

import type { SeededRandom } from "./seeded-random.ts";

/** Tokens of GraphQL, and some that are none. */
export const WORDS = [
  ...'{ } ( ) [ ] ! $ & | = @ ... : , # " """ \' \\ ` ~ % ; 0 -1 1.5 01 1e9 1e 0x1 .5 -'.split(" "),
  ..."query mutation subscription fragment on true false null upper x $x __typename __schema input".split(
    " ",
  ),
  ..."type extend directive @skip(if:true) @include @batch Query String String! [String] é 猫 \u{1F600}".split(
    " ",
  ),
  '"cat"',
  '"\\u00"',
  '"\\ud800"',
  "\u0000",
  "\ufeff",
];

export function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

export function nonsense(random: SeededRandom, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
}

/** One to five small changes. */
export function mutated(random: SeededRandom, bytes: Buffer): Buffer {
  let result = bytes;
  for (let left = random.integer(1, 5); left > 0; left -= 1) {
    const at = random.integer(0, result.length);
    const length = random.integer(1, 8);
    const before = result.subarray(0, at);
    const deed = random.pick(["overwrite", "insert", "delete", "repeat", "cut", "flip"] as const);
    if (deed === "overwrite") {
      result = Buffer.concat([before, nonsense(random, length), result.subarray(at + length)]);
    } else if (deed === "insert") {
      result = Buffer.concat([before, Buffer.from(random.pick(WORDS)), result.subarray(at)]);
    } else if (deed === "delete") {
      result = Buffer.concat([before, result.subarray(at + length)]);
    } else if (deed === "repeat") {
      result = Buffer.concat([before, result.subarray(at, at + length), result.subarray(at)]);
    } else if (deed === "cut" && random.chance(0.3)) {
      result = Buffer.from(before);
    } else if (deed === "flip" && at < result.length) {
      result = Buffer.from(result);
      result[at] = (result[at] ?? 0) ^ (1 << random.integer(0, 7));
    }
  }
  return result;
}
