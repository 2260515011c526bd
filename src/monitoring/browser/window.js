// Sums of the last seconds of one field.

/** @import { FieldSecond } from "../frames.ts" */
/** @import { PastSecond } from "./history.js" */

/**
 * @typedef {object} Sums
 * @property {number} ms how long the seconds were together
 * @property {number} keys
 * @property {number} batches
 * @property {number} calls
 * @property {Record<string, number>} reasons
 * @property {Map<number, number>} sizes in order
 */

/** What figures and sentences are about. */
export const MINUTE_MS = 60_000;

const COUNTS = /** @type {const} */ (["keys", "batches", "calls"]);

/**
 * @param {readonly PastSecond[]} seconds
 * @param {string} name of the field
 * @param {number} [lastMs] how far to look back from the last of them
 * @returns {Sums}
 */
export function sumOf(seconds, name, lastMs = Infinity) {
  const from = (seconds.at(-1)?.at ?? 0) - lastMs;
  /** @type {Sums} */
  const sums = {
    ms: 0,
    keys: 0,
    batches: 0,
    calls: 0,
    reasons: {},
    sizes: new Map(),
  };
  for (const { at, ms, fields } of seconds) {
    if (at <= from) continue;
    sums.ms += ms;
    const second = fields.get(name);
    if (second !== undefined) addTo(sums, second);
  }
  sums.sizes = new Map([...sums.sizes].sort(([one], [other]) => one - other));
  return sums;
}

/**
 * @param {Sums} sums
 * @param {FieldSecond} second
 */
function addTo(sums, second) {
  for (const name of COUNTS) sums[name] += second[name];
  for (const [reason, count] of Object.entries(second.reasons)) {
    sums.reasons[reason] = (sums.reasons[reason] ?? 0) + count;
  }
  for (const [size, count] of second.sizes) sums.sizes.set(size, (sums.sizes.get(size) ?? 0) + count);
}

/**
 * Which share of calls there would be without batching, one for each key, is saved; null without keys. Isolating failures
 * takes calls: they may be more than there were keys.
 *
 * @param {{ keys: number, calls: number }} sums
 */
export function savedShare({ keys, calls }) {
  return keys === 0 ? null : Math.max(0, 1 - calls / keys);
}
