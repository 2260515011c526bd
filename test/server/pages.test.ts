// Who may see the pages that tell of a server: whoever may ask it for GraphQL, but no page of another site.

import { afterEach, describe, expect, test, vi } from "vitest";
import { batched } from "../../src/index.ts";
import { askByName } from "../support/ask-by-name.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const TOKEN = "a-token-that-nobody-guesses";

/** What each of them says of the server below, and what switches it on. */
const PAGES = [
  { path: "/metrics", says: 'jitney_max_batch_size{field="Query.upper"} 32\n', option: "metrics" },
  { path: "/batches/events", says: '"fields":["Query.upper"],', option: "batchesPage" },
] as const;

function serveUpper(options: ServeOptions = {}) {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  const typeDefs = "type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }";
  return serve(typeDefs, { Query: { upper } }, options);
}

/** Reads an answer, which may never end, until it says so. */
async function reads(response: Response, text: string): Promise<boolean> {
  let read = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    read += chunk;
    if (read.includes(text)) return true;
  }
  return false;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(PAGES)("$path", ({ path, says, option }) => {
  test("where there is a token: nobody is told anything without", async () => {
    await using server = await serveUpper({ auth: { token: TOKEN } });
    for (const headers of [{}, { Authorization: "Bearer a-token-that-is-not-the-one" }]) {
      const response = await fetch(`${server.url}${path}`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(await response.text()).not.toMatch(/jitney_|upper/);
    }
    const headers = { Authorization: `Bearer ${TOKEN}` };
    expect(await reads(await fetch(`${server.url}${path}`, { headers }), says)).toBe(true);
  });

  test("a token in the address is none", async () => {
    await using server = await serveUpper({ auth: { token: TOKEN } });
    const response = await fetch(`${server.url}${path}?token=${TOKEN}&access_token=${TOKEN}`);
    await response.body?.cancel();
    expect(response.status).toBe(401);
  });

  test("where there is no token, everyone is told", async () => {
    await using server = await serveUpper();
    expect(await reads(await fetch(`${server.url}${path}`), says)).toBe(true);
  });

  test("a page of another site may not read it, not even one that may ask for GraphQL", async () => {
    const Origin = "https://shop.example";
    await using server = await serveUpper({ cors: { origins: [Origin] } });
    const { status, headers, body } = await fetch(`${server.url}${path}`, { headers: { Origin } });
    await body?.cancel();
    expect([status, headers.get("access-control-allow-origin")]).toEqual([200, null]);
  });

  test("in production there is none, unless it is asked for", async () => {
    vi.stubEnv("NODE_ENV", "production");
    await using server = await serveUpper();
    const response = await fetch(`${server.url}${path}`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/jitney_|upper/);
    await using asked = await serveUpper({ [option]: true });
    expect(await reads(await fetch(`${asked.url}${path}`), says)).toBe(true);
  });
});

describe.each(["/metrics", "/batches", "/batches/events"])("a browser that was lured to %s", (path) => {
  // HEAD, as a stream has no end.
  const statusFor = async (url: string, host: string) =>
    (await askByName(`${url}${path}`, host, { method: "HEAD" })).status;

  test("gets nothing under a name that is not the server's", async () => {
    await using server = await serveUpper({ allowedHosts: [] });
    for (const method of ["HEAD", "GET"]) {
      const { status, text, origin } = await askByName(`${server.url}${path}`, "evil.example", { method });
      expect([status, origin]).toEqual([421, undefined]);
      expect(text).not.toMatch(/jitney_|upper/);
    }
  });

  test("gets it under a name that the server is told", async () => {
    await using server = await serveUpper({ allowedHosts: ["jitney.internal"] });
    expect(await statusFor(server.url, "evil.example")).toBe(421);
    expect(await statusFor(server.url, "jitney.internal")).toBe(200);
  });
});

test("in production, nothing listens to the fields for pages that there are not", async () => {
  vi.stubEnv("NODE_ENV", "production");
  await using server = await serveUpper();
  expect(server.fields.flatMap(({ batcher }) => batcher.events.eventNames())).toEqual(["batchEnd"]);
});
