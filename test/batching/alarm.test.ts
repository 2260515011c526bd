// The alarm: one timer for many times, which never rings early.

import { expect, test } from "vitest";
import { Alarm, systemClock } from "../../src/batching/clock.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

function setUpAlarm(earlyByMs = 0) {
  const clock = new VirtualClock({ earlyByMs });
  const start = clock.now();
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.now() - start));
  return { clock, alarm, rings, ringAfter: (ms: number) => alarm.ringBy(clock.now() + ms) };
}

test("it rings once, at its time", async () => {
  const { clock, rings, ringAfter } = setUpAlarm();
  ringAfter(5);
  await clock.advance(50);
  expect(rings).toEqual([5]);
});

test("it never rings early, though timers do", async () => {
  const { clock, rings, ringAfter } = setUpAlarm(0.7);
  ringAfter(5);
  await clock.advance(50);
  expect(rings).toEqual([5]);
});

test("it rings at the earliest of the times asked for, in whatever order", async () => {
  const { clock, rings, ringAfter } = setUpAlarm();
  for (const ms of [9, 5, 7]) ringAfter(ms);
  await clock.advance(50);
  expect(rings).toEqual([5]);
});

test("it holds one timer at most, and none when it is cleared or has rung", async () => {
  const { clock, alarm, rings, ringAfter } = setUpAlarm();
  for (const ms of [9, 5, 7]) ringAfter(ms);
  expect(clock.pendingTimers).toBe(1);
  alarm.clear();
  expect(clock.pendingTimers).toBe(0);
  ringAfter(5);
  await clock.advance(5);
  expect(clock.pendingTimers).toBe(0);
  expect(rings).toHaveLength(1);
});

test("cleared, it may be set again for a later time", async () => {
  const { clock, alarm, rings, ringAfter } = setUpAlarm();
  ringAfter(5);
  alarm.clear();
  ringAfter(9);
  await clock.advance(50);
  expect(rings).toEqual([9]);
});

test("the system's clock goes on, and its timers wait, can be cancelled, and take fractions", async () => {
  const start = systemClock.now();
  const cancel = systemClock.schedule(() => expect.unreachable(), 0.5);
  cancel();
  systemClock.schedule(() => expect.unreachable(), 0)();
  await new Promise<void>((resolve) => systemClock.schedule(resolve, 1.5));
  expect(systemClock.now() - start).toBeGreaterThan(0.5);
});

test("a timer of the system of 0 ms fires after this turn, and after its promises", async () => {
  const order: string[] = [];
  const fired = new Promise<void>((resolve) => {
    systemClock.schedule(() => {
      order.push("timer");
      resolve();
    }, 0);
  });
  void Promise.resolve().then(() => order.push("promise"));
  order.push("turn");
  await fired;
  expect(order).toEqual(["turn", "promise", "timer"]);
});
