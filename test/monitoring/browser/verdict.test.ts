// What the page /batches says in words: why batches are not full, and what requests waited for.

import { describe, expect, test } from "vitest";

/** The page's own JavaScript has its types in comments, which `tsc` reads with the page's settings alone. */
interface Verdict {
  whyNotFull(minute: object, now: object): string;
  howLong(now: object): string;
}

const address = new URL("../../../src/monitoring/browser/verdict.js", import.meta.url).href;
const { howLong, whyNotFull }: Verdict = await import(address);

const limits = { maxBatchSize: 32, maxBatchWeight: null, maxDelayMs: 10, concurrency: 4 };
const times = { wait: [10.5, 12], run: [2, 4], answer: [12, 15] };
const minute = { ms: 60_000, keys: 0, batches: 0, calls: 0, reasons: {} };
const now = { limits, times, filling: null, partitions: 1 };

describe("why batches are not full", () => {
  test.each([
    [{}, {}, "No batch has left in the last minute, and none is filling."],
    [{}, { filling: { keys: 1 } }, "No batch has left in the last minute: the first one is still filling."],
    [
      { keys: 300, batches: 100, reasons: { delay: 98, size: 2 } },
      {},
      "Most batches (98%) leave because of the delay (10 ms), on average with 3 of 32 seats taken: load comes slower than that fills a batch. 32 keys take 6.4 s to come, at 5 a second.",
    ],
    [
      { keys: 300_000, batches: 10_000, reasons: { delay: 9_999, size: 1 } },
      {},
      "Most batches (99.9%) leave because of the delay (10 ms), on average with 30 of 32 seats taken: keys come in bursts, with pauses between them.",
    ],
    [
      { keys: 300, batches: 100, reasons: { delay: 100 } },
      { partitions: 3 },
      "All batches leave because of the delay (10 ms), on average with 3 of 32 seats taken: load comes slower than that fills a batch. 32 keys take 6.4 s to come, at 5 a second. Keys of 3 partitions share no batch.",
    ],
    [
      { keys: 300_000, batches: 100_000, reasons: { delay: 100_000 } },
      { partitions: 20 },
      "All batches leave because of the delay (10 ms), on average with 3 of 32 seats taken: keys of different partitions share no batch, and those of one come slower than that fills it.",
    ],
    [{ keys: 320, batches: 10, reasons: { size: 10 } }, {}, "All batches leave full."],
    [
      { keys: 320, batches: 10, reasons: { size: 9, delay: 1 } },
      { times: { ...times, wait: [45, 60] } },
      "Most batches (90%) leave full, 10% because of the delay (10 ms). They wait for one of 4 slots: keys come faster than the batch function takes them.",
    ],
    [
      { keys: 20, batches: 10, reasons: { urgent: 4, delay: 3, size: 3 } },
      {},
      "Many batches (40%) leave early because a caller was in a hurry, on average with 2 of 32 seats taken.",
    ],
    [
      { keys: 30, batches: 10, reasons: { delay: 10 } },
      { passesOn: true },
      "Workers form the batches, of the keys of all servers: their own pages show them. What leaves here is a message with the keys of one moment, on average of 3.",
    ],
  ])("%j %j", (ofMinute, ofNow, sentence) => {
    expect(withSpaces(whyNotFull({ ...minute, ...ofMinute }, { ...now, ...ofNow }))).toBe(sentence);
  });
});

describe("what requests waited for", () => {
  test.each([
    [{ wait: null, run: null, answer: null }, "Nobody has had an answer in the last minute."],
    [
      times,
      "Half of the answers took at most 12 ms, and 99% at most 15 ms. In a typical batch the first caller waited 10.5 ms for the batch to leave, 2 ms for the batch function.",
    ],
    [
      { ...times, wait: [45, 60] },
      "Half of the answers took at most 12 ms, and 99% at most 15 ms. In a typical batch the first caller waited 10 ms for the batch to leave, 35 ms for a free slot, 2 ms for the batch function.",
    ],
  ])("%j", (ofMinute, sentence) => {
    expect(withSpaces(howLong({ ...now, times: ofMinute }))).toBe(sentence);
  });

  test("where workers compute: for their answer", () => {
    expect(withSpaces(howLong({ ...now, passesOn: true, times: { ...times, wait: [0.4, 1] } }))).toBe(
      "Half of the answers took at most 12 ms, and 99% at most 15 ms. In a typical message the first caller waited 0.4 ms for the message to leave, 2 ms for a worker's answer.",
    );
  });
});

/** A number and its unit stay on one line of the page. */
function withSpaces(sentence: string): string {
  return sentence.replaceAll("\u00a0", " ");
}
