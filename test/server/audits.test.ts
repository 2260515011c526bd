// The GraphQL-over-HTTP specification, by the audits that its working group's reference server keeps.

import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import resolvers from "../../src/resolvers.ts";
import type { JitneyServer } from "../../src/server/index.ts";
import { serve } from "../support/serve.ts";

/** In graphql-http 1.23. A list that has got shorter would pass and prove less. */
const AUDIT_COUNT = 61;

describe("the server keeps to GraphQL over HTTP", () => {
  let server: JitneyServer;

  beforeAll(async () => {
    server = await serve("type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }", resolvers);
  });

  afterAll(() => server.drain());

  const audits = serverAudits({ url: () => `${server.url}/graphql` });

  test(`all ${AUDIT_COUNT} audits are there`, () => {
    expect(audits).toHaveLength(AUDIT_COUNT);
  });

  for (const audit of audits) {
    test(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status === "ok" ? "ok" : result.reason).toBe("ok");
    });
  }
});
