// Numbers as people read them.

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const HUNDREDTHS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** What is written where nothing was measured. */
export const NOTHING = "–";

/** A number and its unit stay on one line. */
const NBSP = "\u00a0";

/** @param {number} value 12,345 */
export function whole(value) {
  return WHOLE.format(value);
}

/** @param {number} value 0.25, 3.5, 420 */
export function short(value) {
  if (value < 1) return HUNDREDTHS.format(value);
  return value < 100 ? TENTHS.format(value) : WHOLE.format(value);
}

/**
 * `0.4 ms`, `12 ms`, `3.5 s`, `2 min 5 s`
 *
 * @param {number} ms
 */
export function time(ms) {
  if (ms < 0.1) return `${HUNDREDTHS.format(ms)}${NBSP}ms`;
  if (ms < 99.5) return `${TENTHS.format(ms)}${NBSP}ms`;
  if (ms < 999.5) return `${WHOLE.format(ms)}${NBSP}ms`;
  if (ms < 59_950) return `${TENTHS.format(ms / 1_000)}${NBSP}s`;
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60 === 0 ? "" : `${NBSP}${seconds % 60}${NBSP}s`;
  return `${WHOLE.format(Math.floor(seconds / 60))}${NBSP}min${rest}`;
}

/** @param {number | null | undefined} ms */
export function timeOrNothing(ms) {
  return ms === null || ms === undefined ? NOTHING : time(ms);
}

/**
 * A share that is not all is never said to be: 99.96% is `99.9%`.
 *
 * @param {number} share from 0 to 1
 */
export function percent(share) {
  const hundredths = share * 100;
  if (hundredths > 99 && hundredths < 100) return `${Math.floor(hundredths * 10) / 10}%`;
  if (hundredths > 0 && hundredths < 1) return `${Math.ceil(hundredths * 10) / 10}%`;
  return `${Math.round(hundredths)}%`;
}

/**
 * `14:03:07`
 *
 * @param {number} at milliseconds since 1970
 */
export function clock(at) {
  return CLOCK.format(at);
}

/**
 * @param {number} count
 * @param {string} noun
 * @param {string} [nouns]
 */
export function counted(count, noun, nouns = `${noun}s`) {
  return `${whole(count)} ${count === 1 ? noun : nouns}`;
}
