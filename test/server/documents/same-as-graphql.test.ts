// Queries from a seed fare with the document cache as with graphql alone: `node test/soak-documents.ts` asks more of them.

import { afterAll, beforeAll, expect, test } from "vitest";
import { literalSchemas } from "../../support/literal-schemas.ts";
import { SameAsGraphql } from "../../support/same-as-graphql.ts";
import { SeededRandom, seedFrom } from "../../support/seeded-random.ts";

const FAMILIES = 500;
const TEXTS_OF_A_FAMILY = 10;

const limit = Error.stackTraceLimit;
// Half of what errors cost, which most of these queries are.
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = limit;
});

test.each(literalSchemas().map((given) => [given.name, given] as const))(
  "on the schema of %s",
  async (_name, given) => {
    const seed = seedFrom("DOCUMENTS_SEED");
    const same = new SameAsGraphql(given, new SeededRandom(seed));
    try {
      for (let index = 0; index < FAMILIES; index += 1) await same.checkFamily(TEXTS_OF_A_FAMILY);
    } catch (error) {
      console.error(`again: DOCUMENTS_SEED=${seed}`);
      throw error;
    }
    // Else it would show nothing.
    const { texts, valid, known, copied } = same.tally;
    expect(texts).toBe(FAMILIES * TEXTS_OF_A_FAMILY);
    expect(valid).toBeGreaterThan(texts / 10);
    expect(known).toBeGreaterThan(valid / 3);
    expect(copied).toBeGreaterThan(valid / 4);
  },
  120_000,
);
