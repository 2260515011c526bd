// The map of shared keys behaves as one map, however often its tables take turns.

import { expect, test } from "vitest";
import { Partition } from "../../src/batching/partition.ts";
import { PendingKey } from "../../src/batching/pending-key.ts";
import { SharedKeys } from "../../src/batching/shared-keys.ts";

/** Twice as many entries as a table takes. */
const MANY = 2_048;

function setUp() {
  const shared = new SharedKeys<string, string>();
  const partition = new Partition<string, string>("");
  const pendingFor = (id: string) => new PendingKey<string, string>(id, id, 1, partition, 0);
  const set = (id: string) => {
    const pending = pendingFor(id);
    shared.set(id, pending);
    return pending;
  };
  const passThrough = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      set(`passing ${index}`);
      shared.delete(`passing ${index}`);
    }
  };
  return { shared, set, passThrough };
}

test("what is set is there until it is deleted", () => {
  const { shared, set } = setUp();
  const a = set("a");
  expect([shared.get("a"), shared.get("b")]).toEqual([a, undefined]);
  shared.delete("a");
  expect(shared.get("a")).toBeUndefined();
});

test("one that stays is found, and can be deleted, when thousands have come and gone", () => {
  const { shared, set, passThrough } = setUp();
  const early = set("early");
  for (let turn = 0; turn < 4; turn += 1) {
    passThrough(MANY);
    expect(shared.get("early")).toBe(early);
    expect(shared.get("passing 5")).toBeUndefined();
  }
  shared.delete("early");
  expect(shared.get("early")).toBeUndefined();
  passThrough(MANY);
  expect(shared.get("early")).toBeUndefined();
});

test("one that is set again takes the place of the one before, whatever table that is in", () => {
  for (const between of [0, 1_023, 1_024, 1_025, MANY]) {
    const { shared, set, passThrough } = setUp();
    set("a");
    passThrough(between);
    const again = set("a");
    expect(shared.get("a")).toBe(again);
    passThrough(between);
    shared.delete("a");
    expect(shared.get("a")).toBeUndefined();
    passThrough(between);
    expect(shared.get("a"), `${between} in between`).toBeUndefined();
  }
});

test("many at once are all found", () => {
  const { shared, set } = setUp();
  const all = Array.from({ length: 5_000 }, (_, index) => set(`${index}`));
  for (const [index, pending] of all.entries()) expect(shared.get(`${index}`)).toBe(pending);
  for (let index = 0; index < 5_000; index += 2) shared.delete(`${index}`);
  for (const [index, pending] of all.entries()) {
    expect(shared.get(`${index}`)).toBe(index % 2 === 0 ? undefined : pending);
  }
});
