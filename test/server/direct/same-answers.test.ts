// Whatever a client sends, both ways give the same answer. DIRECT_SEED=… repeats a run.

import { beforeEach, expect, onTestFailed, test, vi } from "vitest";
import { serveBothWays, YOGA_PATHS } from "../../support/both-ways.ts";
import { generatedPost } from "../../support/generated-posts.ts";
import { ODD_KINDS, ODD_TYPE_DEFS, oddResolvers } from "../../support/odd-fields.ts";
import { SeededRandom, seedFrom } from "../../support/seeded-random.ts";

const REQUESTS = Number(process.env.DIRECT_REQUESTS ?? 1_200);
/** What is odd about the others has to be seen too. */
const LEAST_DIRECT = 0.3;

beforeEach(() => {
  // Yoga says there what it could not send.
  vi.spyOn(console, "error").mockImplementation(() => {});
});

test(`${REQUESTS} generated requests are answered the same, byte for byte`, {
  timeout: 120_000,
}, async () => {
  const seed = seedFrom("DIRECT_SEED");
  onTestFailed(() => console.log(`DIRECT_SEED=${seed}`));
  const random = new SeededRandom(seed);
  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers);
  while (ways.count < REQUESTS) {
    await ways.expectSame(generatedPost(random), random.pick(YOGA_PATHS), `DIRECT_SEED=${seed}`);
  }
  console.log(`same answers, seed ${seed}: ${ways.count} requests, ${ways.directCount} of them direct`);
  expect(ways.directCount / ways.count).toBeGreaterThan(LEAST_DIRECT);
});

test("whatever a field gives or throws, and for whatever form of the answer", {
  timeout: 60_000,
}, async () => {
  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers);
  const fields = ["any", "required", "cats", "list"];
  const accepts = ["application/json", "application/graphql-response+json"];
  const queries = fields.flatMap((name) => {
    const field = `${name}(kind: $kind)${name === "cats" ? " { id name }" : ""}`;
    return [`query ($kind: String!) { ${field} }`];
  });
  queries.push('mutation ($kind: String!) { set(x: "a") required(kind: $kind) }');
  for (const kind of ODD_KINDS) {
    for (const query of queries) {
      const body = JSON.stringify({ query, variables: { kind } });
      for (const accept of accepts) {
        await ways.expectSame({
          headers: ["Content-Type: application/json", `Accept: ${accept}`],
          body,
        });
      }
    }
  }
  expect(ways.directCount).toBe(ways.count);
  expect(ways.count).toBe(ODD_KINDS.length * queries.length * accepts.length);
  console.log(`${ways.count} odd results, all of them direct`);
});
