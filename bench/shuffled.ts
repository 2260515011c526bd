// Another order each time: what a turn leaves behind, the next one has to clean up.

import type { SeededRandom } from "../test/support/seeded-random.ts";

/** By the algorithm of Fisher and Yates, as Durstenfeld has it. */
export function shuffled<Item>(given: readonly Item[], random: SeededRandom): readonly Item[] {
  const items = [...given];
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [items[last], items[other]] = [items[other] as Item, items[last] as Item];
  }
  return items;
}
