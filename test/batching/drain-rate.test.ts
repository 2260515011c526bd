// How long a queue takes to drain, from what was measured while every slot was taken.

import { expect, test } from "vitest";
import { DrainRate } from "../../src/batching/drain-rate.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function setUp() {
  const clock = new VirtualClock();
  const rate = new DrainRate(clock);
  /** Batches of so many callers, one after the other, with every slot taken. */
  const run = async (batches: number, callers: number, runMs: number) => {
    rate.look(true);
    for (let batch = 0; batch < batches; batch += 1) {
      if (callers > 0) rate.countFull(callers);
      await clock.advance(runMs);
      rate.countEnd();
      rate.look(true);
    }
  };
  return { clock, rate, run };
}

test("with a slot free it is not known", async () => {
  const { rate, run } = setUp();
  expect(rate.msToDrain(100, 10)).toBeUndefined();
  await run(3, 10, 50);
  rate.look(false);
  expect(rate.msToDrain(100, 10)).toBeUndefined();
});

test("so many batches as the callers fill, each as long as they took", async () => {
  const { rate, run } = setUp();
  await run(5, 10, 50);
  expect(rate.msToDrain(100, 10)).toBeCloseTo(500, -1);
  expect(rate.msToDrain(5, 10)).toBeCloseTo(25, 0);
});

test("the callers of a full batch are those that were counted, or those that are said, as long as none was full", async () => {
  const counted = setUp();
  await counted.run(5, 20, 50);
  expect(counted.rate.msToDrain(100, 10)).toBeCloseTo(250, -1);
  const said = setUp();
  await said.run(5, 0, 50);
  expect(said.rate.msToDrain(100, 10)).toBeCloseTo(500, -1);
  expect(said.rate.msToDrain(100, 0.5), "a batch takes one caller at least").toBeCloseTo(5_000, -2);
});

test("time with a slot free is not counted, nor what ends in it", async () => {
  const { clock, rate, run } = setUp();
  await run(5, 10, 50);
  rate.look(false);
  rate.look(false);
  await clock.advance(60_000);
  for (let index = 0; index < 50; index += 1) rate.countEnd();
  await run(1, 10, 50);
  expect(rate.msToDrain(100, 10)).toBeCloseTo(500, -1);
});

test("what was measured long ago is forgotten", async () => {
  const { rate, run } = setUp();
  await run(100, 10, 100);
  await run(30, 10, 1_000);
  const ms = rate.msToDrain(100, 10) ?? 0;
  expect(ms).toBeGreaterThan(8_900);
  expect(ms).toBeLessThan(10_000);
});

test("without any end, it is as long as the slots have been taken", async () => {
  const { clock, rate } = setUp();
  rate.look(true);
  await clock.advance(700);
  rate.look(true);
  await clock.advance(300);
  expect(rate.msToDrain(100, 10)).toBe(1_000 * 2 ** (-700 / 5_000) + 300 * (1 - 2 ** (-700 / 5_000)));
});
