// The two questions that a field is looked at for, answered in plain words from the numbers of the last minute.

import { counted, percent, short, time } from "./format.js";

/** @import { FieldNow } from "../frames.ts" */
/** @import { Sums } from "./window.js" */

/** A median wait so much longer than the delay is one for a slot, and no late timer. */
const FOR_A_SLOT = { factor: 1.25, ms: 3 };

/**
 * Why is my batch not full?
 *
 * @param {Sums} minute
 * @param {FieldNow} now
 */
export function whyNotFull(minute, now) {
  const { batches, keys, reasons } = minute;
  const { maxBatchSize, maxDelayMs, concurrency } = now.limits;
  if (now.passesOn) return sharedBatches(minute);
  if (batches === 0) {
    return now.filling === null
      ? "No batch has left in the last minute, and none is filling."
      : "No batch has left in the last minute: the first one is still filling.";
  }
  const sorted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  const [[reason = "", count = 0] = [], [second = "", secondCount = 0] = []] = sorted;
  const share = count / batches;
  const most =
    count === batches ? "All batches" : `${share > 0.5 ? "Most" : "Many"} batches (${percent(share)})`;
  const mean = keys / batches;
  const seats = `on average with ${short(mean)} of ${counted(maxBatchSize, "seat")} taken`;
  if (reason === "size") {
    const delay = time(maxDelayMs);
    const others =
      second === "delay" ? `, ${percent(secondCount / batches)} because of the delay (${delay})` : "";
    const slots = counted(concurrency, "slot");
    const ending = waitsForSlot(now)
      ? ` They wait for one of ${slots}: keys come faster than the batch function takes them.`
      : "";
    return `${most} leave full${others}.${ending}`;
  }
  if (reason === "weight") {
    return `${most} leave because their keys weigh enough together (${short(now.limits.maxBatchWeight ?? 0)}), ${seats}.`;
  }
  if (reason === "urgent") return `${most} leave early because a caller was in a hurry, ${seats}.`;
  if (reason === "drain") return `${most} leave because the server is shutting down, ${seats}.`;
  return `${most} leave because of the delay (${time(maxDelayMs)}), ${seats}${whyTooFew(minute, now)}`;
}

/** @param {Sums} minute */
function sharedBatches({ batches, keys }) {
  const mean = batches === 0 ? "" : `, on average of ${short(keys / batches)}`;
  return `Workers form the batches, of the keys of all servers: their own pages show them. What leaves here is a message with the keys of one moment${mean}.`;
}

/**
 * @param {Sums} minute
 * @param {FieldNow} now
 */
function whyTooFew({ keys, ms }, { limits, partitions }) {
  const { maxBatchSize, maxDelayMs } = limits;
  const perSecond = (keys * 1_000) / ms;
  const fillMs = (maxBatchSize / perSecond) * 1_000;
  if (fillMs <= maxDelayMs) {
    return partitions > 1
      ? ": keys of different partitions share no batch, and those of one come slower than that fills it."
      : ": keys come in bursts, with pauses between them.";
  }
  const shared = partitions > 1 ? ` Keys of ${counted(partitions, "partition")} share no batch.` : "";
  return `: load comes slower than that fills a batch. ${counted(maxBatchSize, "key")} take ${time(fillMs)} to come, at ${short(perSecond)} a second.${shared}`;
}

/** @param {FieldNow} now */
function waitsForSlot({ times, limits }) {
  const wait = times.wait?.[0] ?? 0;
  const delay = limits.maxDelayMs;
  return wait > delay * FOR_A_SLOT.factor && wait > delay + FOR_A_SLOT.ms;
}

/**
 * What a batch of the median went through, in order.
 *
 * @param {FieldNow} now
 * @returns {readonly { words: string, label: string, ms: number, color: string }[]}
 */
export function stagesOf(now) {
  const wait = now.times.wait?.[0] ?? 0;
  const run = now.times.run?.[0] ?? 0;
  if (now.passesOn) {
    const sent = { words: "for the message to leave", label: "to leave", ms: wait, color: "--delay" };
    const answered = { words: "for a worker's answer", label: "until answered", ms: run, color: "--full" };
    return [sent, answered].filter(({ ms }) => ms > 0);
  }
  const forSlot = waitsForSlot(now) ? wait - now.limits.maxDelayMs : 0;
  return [
    { words: "for the batch to leave", label: "to leave", ms: wait - forSlot, color: "--delay" },
    { words: "for a free slot", label: "for a slot", ms: forSlot, color: "--urgent" },
    { words: "for the batch function", label: "running", ms: run, color: "--full" },
  ].filter(({ ms }) => ms > 0);
}

/**
 * How long did my request wait, and for what?
 *
 * @param {FieldNow} now
 */
export function howLong(now) {
  const { answer } = now.times;
  const stages = stagesOf(now);
  if (answer === null && stages.length === 0) return "Nobody has had an answer in the last minute.";
  const whole =
    answer === null
      ? "Nobody has had a value in the last minute."
      : `Half of the answers took at most ${time(answer[0])}, and 99% at most ${time(answer[1])}.`;
  const parts = stages.map(({ words, ms }) => `${time(ms)} ${words}`).join(", ");
  return stages.length === 0
    ? whole
    : `${whole} In a typical ${now.passesOn ? "message" : "batch"} the first caller waited ${parts}.`;
}
