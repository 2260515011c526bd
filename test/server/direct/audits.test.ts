// The requests of the GraphQL-over-HTTP audits (see ../audits.test.ts), down both ways: the same answers.

import { serverAudits } from "graphql-http";
import { expect, test } from "vitest";
import { type Posted, serveBothWays, YOGA_PATHS } from "../../support/both-ways.ts";
import { ODD_TYPE_DEFS, oddResolvers } from "../../support/odd-fields.ts";

/** Of the 61; the others are GETs. */
const LEAST_POSTS = 30;

test("the POSTs of the audits are answered the same", async () => {
  const posts: Posted[] = [];
  const keep: typeof fetch = async (_url, { method, headers, body } = {}) => {
    if (method !== "POST") return new Response();
    const lines = Object.entries((headers ?? {}) as Record<string, string>).map(
      ([name, value]) => `${name}: ${value}`,
    );
    posts.push({ headers: lines, body: (body ?? "") as string });
    return new Response();
  };
  const audits = serverAudits({ url: "http://jitney/graphql", fetchFn: keep });
  await Promise.all(audits.map(({ fn }) => fn()));
  expect(posts.length).toBeGreaterThan(LEAST_POSTS);

  await using ways = await serveBothWays(ODD_TYPE_DEFS, oddResolvers);
  for (const posted of posts) {
    for (const path of YOGA_PATHS) await ways.expectSame(posted, path);
  }
  console.log(`audits: ${audits.length}, of them ${posts.length} POSTs`);
});
