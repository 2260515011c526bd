// What the benchmarks say of many measurements.

import { expect, test } from "vitest";
import { intervalOfMedian, median, medianRatio, quantile } from "../../bench/statistics.ts";

test("a median is the middle one, or lies between the two in the middle", () => {
  expect(median([5, 1, 9])).toBe(5);
  expect(median([10, 1, 3, 2])).toBe(2.5);
});

test("a quantile is a number that was measured, and of a hundred the 99th", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile([7], 0.99)).toBe(7);
});

test("ratios are of what was measured side by side, not of medians", () => {
  // The machine was slow in the second round, for both.
  const [ours, theirs] = [
    [10, 90, 11],
    [20, 180, 33],
  ];
  expect(medianRatio(theirs, ours)).toBe(2);
  // The medians' would be 3: 33 by 11.
  expect(median(theirs) / median(ours)).toBe(3);
});

test("ratios without a pair in each round are refused", () => {
  expect(() => medianRatio([1, 2], [1])).toThrow("a pair in each round");
});

test("of fewer than eight numbers there is no interval, and of eight it is all of them", () => {
  expect(intervalOfMedian([1, 2, 3, 4, 5, 6, 7])).toEqual([-Infinity, Infinity]);
  expect(intervalOfMedian([8, 1, 2, 3, 4, 5, 6, 7])).toEqual([1, 8]);
});
