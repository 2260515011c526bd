// A light signal does to its listeners what an AbortController's signal does. LIGHT_SEED=… repeats a run.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFailed, test, vi } from "vitest";
import { LightSignal } from "../../src/server/light-signal.ts";
import { SeededRandom, seedFrom } from "../support/seeded-random.ts";

const RUNS = 2_000;
const LISTENERS = 4;

/** What both have. */
type Signal = Pick<AbortSignal, "aborted" | "reason" | "throwIfAborted"> & {
  addEventListener(type: "abort", listener: Listener, options?: { once: boolean }): void;
  removeEventListener(type: "abort", listener: Listener): void;
};

type Listener = EventListenerOrEventListenerObject;

/** What a listener does when it is called. */
type Deed =
  | "nothing"
  | "throw"
  | "abort again"
  | "remove itself"
  | "remove the next"
  | "remove the one before";

const DEEDS: readonly Deed[] = [
  "nothing",
  "nothing",
  "abort again",
  "remove itself",
  "remove the next",
  "remove the one before",
];

const REASONS = [undefined, null, 0, "", "a reason", new Error("gone")];

/** The same from the same seed: all that can be seen from outside. */
function seen(seed: number, signal: Signal, abort: (reason?: unknown) => void): readonly string[] {
  const random = new SeededRandom(seed);
  const told: string[] = [];
  const listeners: Listener[] = Array.from({ length: LISTENERS }, (_, index) => {
    const deed = random.pick(DEEDS);
    const call = (event: Event): void => {
      told.push(`listener ${index} ${event.type} ${signal.aborted} ${shown(signal.reason)}`);
      const remove = (other: number): void => {
        const listener = listeners[(other + LISTENERS) % LISTENERS];
        if (listener !== undefined) signal.removeEventListener("abort", listener);
      };
      if (deed === "abort again") abort("again");
      if (deed === "remove itself") remove(index);
      if (deed === "remove the next") remove(index + 1);
      if (deed === "remove the one before") remove(index - 1);
    };
    return random.chance(0.5) ? call : { handleEvent: call };
  });
  for (let steps = random.integer(1, 14); steps > 0; steps -= 1) {
    const listener = random.pick(listeners);
    const step = random.weighted({ add: 5, "add once": 2, remove: 3, abort: 1, look: 1 });
    if (step === "add") signal.addEventListener("abort", listener);
    if (step === "add once") signal.addEventListener("abort", listener, { once: true });
    if (step === "remove") signal.removeEventListener("abort", listener);
    if (step === "abort") abort(random.pick(REASONS));
    if (step === "look") told.push(`${signal.aborted} ${shown(signal.reason)} ${thrownBy(signal)}`);
  }
  abort();
  told.push(`${shown(signal.reason)} ${thrownBy(signal)}`);
  return told;
}

function shown(reason: unknown): string {
  return reason instanceof Error
    ? `${reason.constructor.name} ${reason.name} ${reason.message}`
    : String(reason);
}

function thrownBy(signal: Signal): string {
  try {
    signal.throwIfAborted();
    return "throws nothing";
  } catch (thrown) {
    return `throws its reason: ${thrown === signal.reason}`;
  }
}

test(`${RUNS} random lives of a signal look the same from outside`, () => {
  const seed = seedFrom("LIGHT_SEED");
  onTestFailed(() => console.log(`LIGHT_SEED=${seed}`));
  for (let run = 0; run < RUNS; run += 1) {
    const light = new LightSignal();
    const controller = new AbortController();
    const ofLight = seen(seed + run, light, (reason) => light.abort(reason));
    const ofReal = seen(seed + run, controller.signal, (reason) => controller.abort(reason));
    expect(ofLight, `LIGHT_SEED=${seed + run}`).toEqual(ofReal);
  }
});

test("who listens once it has aborted, or while it does, is not called", () => {
  const light = new LightSignal();
  const late = vi.fn();
  light.addEventListener("abort", () => light.addEventListener("abort", late));
  light.addEventListener("abort", () => {});
  light.abort();
  light.addEventListener("abort", late);
  light.abort();
  expect(late).not.toHaveBeenCalled();
});

test("a listener that is there several times is called once", () => {
  const light = new LightSignal();
  const listener = vi.fn();
  const other = vi.fn();
  for (const one of [listener, other, listener, other]) light.addEventListener("abort", one);
  light.abort();
  expect([listener.mock.calls.length, other.mock.calls.length]).toEqual([1, 1]);
});

test("one that throws harms no other, and is not lost", async () => {
  const program = `
    import { LightSignal } from ${JSON.stringify(new URL("../../src/server/light-signal.ts", import.meta.url).href)};
    process.on("uncaughtException", (error) => console.log("thrown: " + error.message));
    const tell = (signal) => {
      signal.addEventListener("abort", () => { throw new Error("of the first"); });
      signal.addEventListener("abort", () => console.log("second"));
      signal.addEventListener("abort", { handleEvent() { throw new Error("of the third"); } });
      signal.addEventListener("abort", { handleEvent: () => console.log("fourth") });
    };
    const signal = process.argv[1] === "light" ? new LightSignal() : new AbortController();
    tell(signal.signal ?? signal);
    signal.abort();
    console.log("after");
  `;
  const run = promisify(execFile);
  const print = async (which: string): Promise<string> =>
    (await run(process.execPath, ["--input-type=module", "-e", program, which])).stdout;
  const ofLight = await print("light");
  expect(ofLight).toBe(await print("real"));
  expect(ofLight.split("\n").slice(0, 3)).toEqual(["second", "fourth", "after"]);
  expect(ofLight).toContain("thrown: of the first\nthrown: of the third");
});
