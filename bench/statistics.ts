// What is said of many measurements.

export function median(numbers: readonly number[]): number {
  const sorted = inOrder(numbers);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/**
 * Between which two of the numbers the median lies, at 95% or more: whatever their distribution, each of them is as likely
 * below it as above (the sign test, by the normal approximation: Conover, "Practical Nonparametric Statistics", section
 * 3.2). Of fewer than eight numbers nothing is said.
 */
export function intervalOfMedian(numbers: readonly number[]): readonly [low: number, high: number] {
  const sorted = inOrder(numbers);
  const count = sorted.length;
  const rank = Math.floor(count / 2 - (1.96 * Math.sqrt(count)) / 2);
  return [sorted[rank - 1] ?? -Infinity, sorted[count - rank] ?? Infinity];
}

/** The least of the numbers that so large a part of them does not exceed (the nearest rank). */
export function quantile(numbers: readonly number[], part: number): number {
  return inOrder(numbers)[Math.max(0, Math.ceil(part * numbers.length) - 1)] ?? Number.NaN;
}

/** The median of ratios of what was measured side by side: each number against the other one of its own round. */
export function medianRatio(numbers: readonly number[], others: readonly number[]): number {
  if (numbers.length !== others.length) throw new Error("ratios need a pair in each round");
  return median(numbers.map((number, round) => number / (others[round] ?? Number.NaN)));
}

function inOrder(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((a, b) => a - b);
}
