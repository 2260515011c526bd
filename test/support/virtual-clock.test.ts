import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

test("time stands still until it is advanced", async () => {
  const clock = new VirtualClock();
  const start = clock.now();
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(clock.now()).toBe(start);
  await clock.advance(2.5);
  expect(clock.now()).toBe(start + 2.5);
});

test("timers fire in the order of time, and at the same time in the order of setting", async () => {
  const clock = new VirtualClock();
  const start = clock.now();
  const fired: string[] = [];
  const note = (name: string) => () => void fired.push(`${name} at ${clock.now() - start}`);
  clock.schedule(note("late"), 9);
  clock.schedule(note("first of two"), 5);
  clock.schedule(note("second of two"), 5);
  await clock.advance(8);
  expect(fired).toEqual(["first of two at 5", "second of two at 5"]);
  await clock.advance(1);
  expect(fired.at(-1)).toBe("late at 9");
});

test("a timer of 0 ms fires at the end of the turn, not inside it", async () => {
  const clock = new VirtualClock();
  let isFired = false;
  clock.schedule(() => {
    isFired = true;
  }, 0);
  expect(isFired).toBe(false);
  await clock.advance(0);
  expect(isFired).toBe(true);
});

test("promises settle between one timer and the next", async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  clock.schedule(() => {
    void Promise.resolve()
      .then(() => {})
      .then(() => order.push("promise"));
  }, 1);
  clock.schedule(() => void order.push("timer"), 1);
  await clock.advance(1);
  expect(order).toEqual(["promise", "timer"]);
});

test("a cancelled timer does not fire and is not pending", async () => {
  const clock = new VirtualClock();
  const cancel = clock.schedule(() => expect.unreachable(), 1);
  expect(clock.pendingTimers).toBe(1);
  cancel();
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(5);
});

test("timers fire too soon where that is asked for", async () => {
  const clock = new VirtualClock({ earlyByMs: 0.4 });
  const start = clock.now();
  let firedAt = 0;
  clock.schedule(() => {
    firedAt = clock.now();
  }, 5);
  await clock.advance(5);
  expect(firedAt - start).toBeCloseTo(4.6);
});
