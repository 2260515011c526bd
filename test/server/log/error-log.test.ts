// How much of the log one client can fill with errors.

import { expect, test, vi } from "vitest";
import { query } from "../../support/graphql-client.ts";
import { serve } from "../../support/serve.ts";

const TYPE_DEFS =
  "type Query { fails: String } type Subscription { ticks: Tick! } type Tick { fails: String }";

const EVENTS = 3;

function fails(): never {
  throw new Error("no answer");
}

const RESOLVERS = {
  Query: { fails },
  Tick: { fails },
  Subscription: {
    ticks: {
      async *subscribe() {
        for (let event = 0; event < EVENTS; event += 1) yield { ticks: {} };
      },
    },
  },
};

/** The same field, under so many names. */
const aliases = (count: number): string =>
  Array.from({ length: count }, (_, index) => `a${index}: fails`).join(" ");

test("of one request ten errors are logged, and how many there are more", async () => {
  await using server = await serve(TYPE_DEFS, RESOLVERS);
  await query(server.url, `{ ${aliases(100)} }`);
  expect(server.log.faults.map(({ msg }) => msg)).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `a${index} failed: masked for the client`),
    "and 90 more errors of the same request",
  ]);
});

test("of each event of a subscription too", async () => {
  await using server = await serve(TYPE_DEFS, RESOLVERS);
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ query: `subscription { ticks { ${aliases(100)} } }` }),
  });
  const text = await response.text();
  expect(text.split("Unexpected error.").length - 1).toBe(100 * EVENTS);
  const expected = [
    ...Array.from({ length: 10 }, (_, index) => `ticks.a${index} failed: masked for the client`),
    "and 90 more errors of the same event",
  ];
  await vi.waitUntil(() => server.log.faults.length >= expected.length * EVENTS);
  expect(server.log.faults.map(({ msg }) => msg)).toEqual(
    Array.from({ length: EVENTS }, () => expected).flat(),
  );
});
