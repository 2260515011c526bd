// The last minutes, second by second: each second once, however often the connection is lost.

/** @import { FieldSecond, Hello, Second } from "../frames.ts" */

/**
 * A second of all fields, which are named by their coordinates here: another gathering may number them otherwise.
 *
 * @typedef {{ gathering: string, seq: number, at: number, ms: number, fields: ReadonlyMap<string, FieldSecond> }} PastSecond
 */

/** What the plots show. */
export const SHOWN_MS = 300_000;

export class History {
  /** In the order in which they passed. @type {readonly PastSecond[]} */
  seconds = [];

  /**
   * @param {Hello} hello of the connection that they came on
   * @param {readonly Second[]} seconds
   */
  add({ gathering, fields: names }, seconds) {
    const lastSeq = this.seconds.findLast((known) => known.gathering === gathering)?.seq ?? 0;
    const added = seconds
      .filter(({ seq }) => seq > lastSeq)
      .map(({ seq, at, ms, fields }) => {
        const named = Object.entries(fields).map(
          ([index, second]) => /** @type {const} */ ([names[Number(index)] ?? "", second]),
        );
        return { gathering, seq, at, ms, fields: new Map(named) };
      });
    const all = [...this.seconds, ...added];
    const from = (all.at(-1)?.at ?? 0) - SHOWN_MS;
    this.seconds = all.filter(({ at }) => at > from);
  }
}
