// Percentiles against those of the same times, sorted.

import { expect, test } from "vitest";
import { RecentTimes } from "../../src/monitoring/times.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const SEED = 20_261_123;

/** Two significant figures: off by 1% at most, from one of the times at that rank or beside it. */
function expectPercentiles(
  found: readonly [number, number] | null,
  times: readonly number[],
  where: string,
): void {
  const sorted = times.toSorted((a, b) => a - b);
  for (const [place, part] of [0.5, 0.99].entries()) {
    const rank = Math.ceil(sorted.length * part) - 1;
    const [low, high] = [sorted[Math.max(0, rank - 1)], sorted[Math.min(sorted.length - 1, rank + 1)]];
    const ms = found?.[place] ?? Number.NaN;
    const message = `${where}: ${ms} is not from ${low} to ${high}`;
    expect(ms, message).toBeGreaterThan((low ?? 0) * 0.99);
    expect(ms, message).toBeLessThan((high ?? 0) * 1.01);
  }
}

test("percentiles of each second, and of the last 50 to 60, are off by 1% at most", () => {
  const random = new SeededRandom(SEED);
  const recent = new RecentTimes();
  const seconds: number[][] = [];
  for (let second = 1; second <= 150; second += 1) {
    // From a tenth of a millisecond to half a minute, another load in each.
    const scale = 10 ** random.integer(-1, 3);
    const times = Array.from({ length: random.integer(200, 400) }, () => scale * (1 + 30 * random.next()));
    for (const ms of times) recent.record(ms);
    seconds.push(times);
    expectPercentiles(recent.endSecond(), times, `seed ${SEED}, second ${second}`);
    const kept = Math.min(second, 50 + (second % 10));
    expectPercentiles(recent.ofMinute(), seconds.slice(-kept).flat(), `seed ${SEED}, minute until ${second}`);
  }
});

test("where nothing was measured there is none", () => {
  const recent = new RecentTimes();
  expect([recent.endSecond(), recent.ofMinute()]).toEqual([null, null]);
  recent.record(5);
  recent.endSecond();
  for (let second = 0; second < 60; second += 1) expect(recent.endSecond()).toBeNull();
  expect(recent.ofMinute()).toBeNull();
});

test("what takes more than an hour is shown as one", () => {
  const recent = new RecentTimes();
  recent.record(2 ** 31);
  expect((recent.endSecond()?.[0] ?? 0) / 3_600_000).toBeCloseTo(1, 2);
});
