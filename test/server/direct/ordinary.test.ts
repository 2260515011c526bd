// Which requests take the direct way: what is not exactly as it is with nearly all requests is looked at more closely.

import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { ordinaryAnswerType } from "../../../src/server/direct/ordinary.ts";

const HEADERS = ["Host", "jitney", "Content-Type", "application/json", "Content-Length", "100"];

function typeOf(
  rawHeaders: readonly string[],
  { method = "POST", url = "/graphql" } = {},
): string | undefined {
  const request = { method, url, rawHeaders } as unknown as IncomingMessage;
  return ordinaryAnswerType(request, { maxBodyBytes: 100, isKnownHost: (host) => host === "jitney" });
}

test("a POST of JSON to /graphql is ordinary, in whichever case its headers' names are", () => {
  expect(typeOf(HEADERS)).toBe("application/json");
  expect(typeOf(HEADERS.map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text)))).toBe(
    "application/json",
  );
});

test("headers that decide nothing may be there, and an Accept header as clients send it", () => {
  const others = [
    "X-Host",
    "evil",
    "User-Agent",
    "x",
    "Accept-Encoding",
    "gzip",
    "Cache-Control",
    "no-cache",
  ];
  expect(typeOf([...HEADERS, ...others, ...others])).toBe("application/json");
  expect(typeOf([...HEADERS, "Authorization", "Bearer x"])).toBe("application/json");
  expect(typeOf([...HEADERS, "Accept", "application/graphql-response+json"])).toBe(
    "application/graphql-response+json",
  );
});

test.each([
  ["another method", HEADERS, { method: "GET" }],
  ["another path", HEADERS, { url: "/graphql/" }],
  ["a query string", HEADERS, { url: "/graphql?a" }],
  ["no Host", HEADERS.slice(2), {}],
  ["another Host", ["Host", "evil", ...HEADERS.slice(2)], {}],
  ["two Host headers", [...HEADERS, "host", "jitney"], {}],
  ["no Content-Type", [...HEADERS.slice(0, 2), ...HEADERS.slice(4)], {}],
  ["another Content-Type", [...HEADERS.slice(0, 2), "Content-Type", "text/plain", ...HEADERS.slice(4)], {}],
  ["two Content-Types", [...HEADERS, "content-type", "application/json"], {}],
  ["no Content-Length", HEADERS.slice(0, 4), {}],
  ["a body beyond the bound", [...HEADERS.slice(0, 4), "Content-Length", "101"], {}],
  ["two Content-Lengths", [...HEADERS, "content-length", "100"], {}],
  ["a body in chunks", [...HEADERS, "Transfer-Encoding", "chunked"], {}],
  ["a compressed body", [...HEADERS, "CONTENT-ENCODING", "gzip"], {}],
  ["two tokens", [...HEADERS, "Authorization", "Bearer a", "authorization", "Bearer b"], {}],
  ["an odd Accept", [...HEADERS, "Accept", "text/event-stream"], {}],
  ["two Accepts", [...HEADERS, "Accept", "*/*", "Accept", "*/*"], {}],
] as const)("%s is not ordinary", (_, headers, target) => {
  expect(typeOf(headers, target)).toBeUndefined();
});
