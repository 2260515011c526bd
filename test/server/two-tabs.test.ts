// The example of the README: two requests that wait for each other.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { query, upper } from "../support/graphql-client.ts";
import { loggedCalls } from "../support/logged-calls.ts";
import { startJitney } from "../support/server-process.ts";

const ROUNDS = 50;
const TWO_TABS = ["--max-batch-size", "2", "--max-delay-ms", "60000", "--timeout-ms", "120000"];
const LOGGING = ["--resolvers", "test/fixtures/logging-upper.ts"];
const SEED = 20_261_123;

test("the first tab waits for the second, and each gets its own answer from one call", async () => {
  await using server = startJitney([...TWO_TABS, ...LOGGING]);
  const url = await server.url();

  let isCatAnswered = false;
  const cat = query(url, '{ upper(x: "cat") }').finally(() => {
    isCatAnswered = true;
  });
  await sleep(300);
  expect(isCatAnswered).toBe(false);
  expect(loggedCalls(server)).toEqual([]);

  const dog = query(url, '{ upper(x: "dog") }');
  expect((await cat).body).toEqual({ data: { upper: "CAT" } });
  expect((await dog).body).toEqual({ data: { upper: "DOG" } });
  await server.printed(/call \["cat","dog"\]/);
  expect(loggedCalls(server)).toEqual([["cat", "dog"]]);
});

test(`no answer is swapped or lost in ${ROUNDS} rounds with random gaps and unique words`, async () => {
  await using server = startJitney([...TWO_TABS, ...LOGGING]);
  const url = await server.url();
  const random = randomNumbers(SEED);

  for (let round = 0; round < ROUNDS; round += 1) {
    const first = upper(url, `first-${round}`);
    const gapMs = random() * 20;
    if (gapMs > 5) await sleep(gapMs);
    const second = upper(url, `second-${round}`);
    expect(await Promise.all([first, second]), `seed ${SEED}`).toEqual([`FIRST-${round}`, `SECOND-${round}`]);
  }

  await server.printed(new RegExp(`call .*second-${ROUNDS - 1}`));
  const expected = Array.from({ length: ROUNDS }, (_, round) => [`first-${round}`, `second-${round}`]);
  // Requests without a gap between them may arrive in either order.
  expect(loggedCalls(server).map((words) => [...words].sort())).toEqual(expected);
});

/** Mulberry32, by Tommy Ettinger: numbers from 0 to 1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
