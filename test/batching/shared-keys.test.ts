// The table of shared keys finds what is in it and nothing else, however many come and go.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Partition } from "../../src/batching/partition.ts";
import { PendingKey } from "../../src/batching/pending-key.ts";
import { SharedKeys } from "../../src/batching/shared-keys.ts";

function setUp() {
  const shared = new SharedKeys<string, string>();
  const partition = new Partition<string, string>("");
  const add = (id: string) => {
    const pending = new PendingKey<string, string>(id, id, 1, partition, 0);
    shared.add(pending, id);
    return pending;
  };
  return { shared, add };
}

test("what is added is there until it is deleted", () => {
  const { shared, add } = setUp();
  const a = add("a");
  expect([shared.get("a"), shared.get("b")]).toEqual([a, undefined]);
  shared.delete(a);
  expect(shared.get("a")).toBeUndefined();
});

test("many at once are all found, and so are those that stay when others have left", () => {
  const { shared, add } = setUp();
  const all = Array.from({ length: 5_000 }, (_, index) => add(`${index}`));
  for (const [index, pending] of all.entries()) expect(shared.get(`${index}`)).toBe(pending);
  for (const [index, pending] of all.entries()) if (index % 2 === 0) shared.delete(pending);
  for (const [index, pending] of all.entries()) {
    expect(shared.get(`${index}`)).toBe(index % 2 === 0 ? undefined : pending);
  }
});

test("one that has left holds on to no other", () => {
  const { shared, add } = setUp();
  const all = Array.from({ length: 500 }, (_, index) => add(`${index}`));
  for (const pending of all) shared.delete(pending);
  expect(all.filter(({ nextShared }) => nextShared !== undefined)).toEqual([]);
});

test("it does what a Map does, whatever comes and goes", () => {
  // Few ids, so that they come again; and enough of them to make it grow.
  const id = fc.oneof(fc.nat({ max: 99 }).map(String), fc.string({ unit: "binary", maxLength: 3 }));
  const schedule = fc.array(id, { minLength: 100, maxLength: 1_000 });
  fc.assert(
    fc.property(schedule, (ids) => {
      const { shared, add } = setUp();
      const model = new Map<string, PendingKey<string, string>>();
      for (const one of ids) {
        const known = model.get(one);
        expect(shared.get(one)).toBe(known);
        if (known === undefined) {
          model.set(one, add(one));
        } else {
          shared.delete(known);
          model.delete(one);
        }
      }
      for (const [one, pending] of model) expect(shared.get(one)).toBe(pending);
    }),
    { numRuns: 200 },
  );
});
