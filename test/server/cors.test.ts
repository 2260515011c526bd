// Which pages of other sites may read answers: none, unless the server is told.

import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const PAGE = "https://app.example";
const OTHER = "https://app.example.evil.example";

function serveUpper(options: ServeOptions = {}) {
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  return serve(
    "type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }",
    { Query: { upper } },
    options,
  );
}

const BODY = JSON.stringify({ query: '{ upper(x: "cat") }' });

/** Not by `fetch`, which minds what it may say of its origin. */
async function send(url: string, method: string, headers: Record<string, string>, body?: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number | undefined;
    allowed: string | undefined;
    vary: string | undefined;
    headers: NodeJS.Dict<string | string[]>;
    text: string;
  }>();
  const sent = request(`${url}/graphql`, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
  });
  sent.once("error", reject);
  sent.once("response", async (response) => {
    let text = "";
    for await (const chunk of response) text += chunk;
    const { "access-control-allow-origin": allowed, vary } = response.headers;
    resolve({ status: response.statusCode, allowed, vary, headers: response.headers, text });
  });
  sent.end(body);
  return await promise;
}

function preflight(url: string, origin: string) {
  return send(url, "OPTIONS", {
    Origin: origin,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type, x-request-id",
  });
}

const cors = { origins: [PAGE, "http://localhost:3000"] };

test("by default no page of another site is allowed anything", async () => {
  await using server = await serveUpper();
  const answers = [await send(server.url, "POST", { Origin: PAGE }, BODY), await preflight(server.url, PAGE)];
  expect(answers.map(({ status }) => status)).toEqual([200, 405]);
  for (const { headers } of answers) {
    expect(Object.keys(headers).filter((name) => /^access-control|^vary/.test(name))).toEqual([]);
  }
});

describe("with origins that are allowed", () => {
  test.each(cors.origins)("a page of %s may ask, and read the answer", async (origin) => {
    await using server = await serveUpper({ cors });
    const answer = await preflight(server.url, origin);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "*, Authorization",
      "access-control-max-age": "600",
      vary: "Origin",
    });
    expect(await send(server.url, "POST", { Origin: origin }, BODY)).toMatchObject({
      status: 200,
      allowed: origin,
      vary: "Origin",
      text: '{"data":{"upper":"CAT"}}',
    });
  });

  test.each([OTHER, "http://app.example", "https://app.example:8443", "https://APP.example", "null", ""])(
    "a page of %j may not",
    async (origin) => {
      await using server = await serveUpper({ cors });
      expect(await preflight(server.url, origin)).toMatchObject({
        status: 405,
        allowed: undefined,
        vary: "Origin",
      });
      const answer = await send(server.url, "POST", { Origin: origin }, BODY);
      expect([answer.allowed, answer.vary]).toEqual([undefined, "Origin"]);
    },
  );

  test("no cache gives the answer of one page to another: each varies by origin", async () => {
    await using server = await serveUpper({ cors });
    expect(await send(server.url, "POST", {}, BODY)).toMatchObject({
      status: 200,
      allowed: undefined,
      vary: "Origin",
    });
    const page = await send(server.url, "GET", { Accept: "text/html", Origin: PAGE });
    expect(page.vary).toContain("Origin");
  });

  test.each([
    ["what is not JSON", { "Content-Type": "text/plain" }, 415],
    ["what cannot be answered", { Accept: "text/plain" }, 406],
    ["too large a body", { "Content-Length": "2000000" }, 413],
  ])("a page may read why %s is refused", async (_what, headers, status) => {
    await using server = await serveUpper({ cors });
    const answer = await send(server.url, "POST", { Origin: PAGE, ...headers }, BODY);
    expect(answer).toMatchObject({ status, allowed: PAGE });
  });

  test("cookies are never asked for", async () => {
    await using server = await serveUpper({ cors });
    for (const { headers } of [
      await preflight(server.url, PAGE),
      await send(server.url, "POST", { Origin: PAGE }, BODY),
    ]) {
      expect(headers).not.toHaveProperty("access-control-allow-credentials");
    }
  });

  test("a preflight needs no token, and a page may read that it needs one", async () => {
    await using server = await serveUpper({ cors, auth: { token: "a-token-that-nobody-guesses" } });
    expect(await preflight(server.url, PAGE)).toMatchObject({ status: 204, allowed: PAGE });
    const answer = await send(server.url, "POST", { Origin: PAGE }, BODY);
    expect(answer).toMatchObject({ status: 401, allowed: PAGE });
    expect(answer.headers["access-control-expose-headers"]).toBe("Retry-After, WWW-Authenticate");
  });
});

test("with *, every page may", async () => {
  await using server = await serveUpper({ cors: { origins: ["*"] } });
  expect(await preflight(server.url, OTHER)).toMatchObject({ status: 204, allowed: "*" });
  expect(await send(server.url, "POST", { Origin: OTHER }, BODY)).toMatchObject({
    status: 200,
    allowed: "*",
  });
});

test.each([
  "app.example",
  "https://app.example/",
  "https://app.example/page",
  "https://*.app.example",
  "https://App.example",
  "https://app.example:443",
  "ftp://app.example",
  "null",
  "",
])("%j is no origin, and is refused at the start", async (origin) => {
  const message = `cors.origins: expected origins like https://app.example, or "*" alone, but got: ${JSON.stringify(origin)}`;
  await expect(serveUpper({ cors: { origins: [PAGE, origin] } })).rejects.toThrow(message);
});

test("* beside other origins is refused at the start: it would make them meaningless", async () => {
  await expect(serveUpper({ cors: { origins: [PAGE, "*"] } })).rejects.toThrow('but got: "*"');
});
