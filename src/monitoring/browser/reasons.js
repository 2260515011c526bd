// Release reasons: their words, and the names of their colours in page.css.

/** @import { ReleaseReason } from "../../batching/scheduler.ts" */

/** @type {readonly { reason: ReleaseReason, words: string, color: string }[]} */
export const REASONS = [
  { reason: "size", words: "full", color: "--full" },
  { reason: "weight", words: "weight reached", color: "--weight" },
  { reason: "delay", words: "delay over", color: "--delay" },
  { reason: "urgent", words: "urgent", color: "--urgent" },
  { reason: "drain", words: "drain", color: "--drain" },
];

/** @param {ReleaseReason} reason */
export function wordsOf(reason) {
  return REASONS.find((each) => each.reason === reason)?.words ?? reason;
}
