// A hash of a text, for tables that keep texts themselves.

/** Another in each process. */
const SEED = (Math.random() * 2 ** 32) | 0;

/**
 * 32 bits: FNV-1a (Fowler, Noll and Vo) over the UTF-16 code units, from a start of this process, and then MurmurHash3's
 * finalizer (Appleby): in FNV alone the low bits come of the low bits of the units, so that texts could be made that share
 * a place in any table. Some nanoseconds for each unit.
 *
 * For tables in place of Maps: since V8 14 a Map makes an internalized string of each text that it is asked for, which costs
 * 0.3 µs for one that was never there before (measured), and garbage in the old generation.
 */
export function hashOf(text: string): number {
  let hash = SEED;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
