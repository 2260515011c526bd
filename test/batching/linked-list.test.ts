// A queue whose items can leave from anywhere.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Linked, LinkedList } from "../../src/batching/linked-list.ts";

class Item implements Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
}

function forwards(list: LinkedList<Item>): readonly Item[] {
  const items: Item[] = [];
  for (let item = list.first; item !== undefined; item = item.next) items.push(item);
  return items;
}

test("whatever comes and leaves in whatever order, it holds the rest in the order of coming", () => {
  const removals = fc.array(fc.option(fc.nat({ max: 9 })), { maxLength: 40 });
  fc.assert(
    fc.property(removals, (steps) => {
      const list = new LinkedList<Item>();
      const expected: Item[] = [];
      for (const which of steps) {
        const leaver = which === null ? undefined : expected[which];
        if (leaver === undefined) {
          const item = new Item();
          expected.push(item);
          list.append(item);
        } else {
          expected.splice(expected.indexOf(leaver), 1);
          list.remove(leaver);
        }
        const items = forwards(list);
        expect(
          items.length === expected.length && items.every((item, index) => item === expected[index]),
        ).toBe(true);
        expect(list.size).toBe(expected.length);
      }
    }),
  );
});

test("an item that has left knows its neighbours no more, and may come again", () => {
  const list = new LinkedList<Item>();
  const [a, b, c] = [new Item(), new Item(), new Item()];
  for (const item of [a, b, c]) list.append(item);
  list.remove(b);
  expect([b.previous, b.next]).toEqual([undefined, undefined]);
  list.append(b);
  expect(forwards(list).map((item) => [a, b, c].indexOf(item))).toEqual([0, 2, 1]);
});
