// Which requests are as nearly all are: known by one look at their headers, each of which has to be as it is with those.

import type { IncomingMessage } from "node:http";

/** What decides beside the request itself. */
export interface OrdinaryOptions {
  readonly maxBodyBytes: number;
  /** Whether a Host header is one that the server answers to; it may be cautious. */
  readonly isKnownHost: (host: string) => boolean;
}

/**
 * The media type of the answer for a POST of JSON to /graphql against which nothing can be said: what is checked elsewhere of
 * its headers (request-checks.ts, hosts.ts, body-limit.ts) it would pass. Undefined for all others, which are looked at
 * more closely.
 *
 * It looks at headers as they came. Node makes `request.headers` of them where somebody asks for it: that takes longer than all
 * that is done here.
 */
export function ordinaryAnswerType(
  { method, url, rawHeaders }: IncomingMessage,
  { maxBodyBytes, isKnownHost }: OrdinaryOptions,
): string | undefined {
  if (method !== "POST" || url !== "/graphql") return undefined;
  let host: string | undefined;
  let contentType: string | undefined;
  let contentLength: string | undefined;
  let accept: string | undefined;
  let hasToken = false;
  // Every second is a value.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    if (!LENGTHS.has(name.length)) continue;
    switch (name.toLowerCase()) {
      case "host":
        if (host !== undefined) return undefined;
        host = value;
        break;
      case "accept":
        if (accept !== undefined) return undefined;
        accept = value;
        break;
      case "content-type":
        if (contentType !== undefined) return undefined;
        contentType = value;
        break;
      case "content-length":
        if (contentLength !== undefined) return undefined;
        contentLength = value;
        break;
      case "authorization":
        if (hasToken) return undefined;
        hasToken = true;
        break;
      case "content-encoding":
      case "transfer-encoding":
        return undefined;
    }
  }
  const isOrdinary =
    host !== undefined &&
    isKnownHost(host) &&
    contentType !== undefined &&
    BODY_TYPES.has(contentType) &&
    // Node has refused what is no number, and reads no more of a body than it says.
    Number(contentLength ?? Infinity) <= maxBodyBytes;
  if (!isOrdinary) return undefined;
  return accept === undefined ? "application/json" : ANSWER_TYPES.get(accept);
}

/** Of the names that are looked at. */
const LENGTHS: ReadonlySet<number> = new Set(
  [
    "host",
    "accept",
    "content-type",
    "authorization",
    "content-length",
    "content-encoding",
    "transfer-encoding",
  ].map((name) => name.length),
);

/** As clients send it. */
const BODY_TYPES: ReadonlySet<string> = new Set([
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=utf-8",
]);

/** What Yoga would choose for Accept headers as clients send them: looked up, and not read. */
const ANSWER_TYPES: ReadonlyMap<string, string> = new Map([
  ["*/*", "application/json"],
  ["application/json", "application/json"],
  ["application/json, */*", "application/json"],
  ["application/json, text/plain, */*", "application/json"],
  ["application/graphql-response+json", "application/graphql-response+json"],
  ["application/graphql-response+json, application/json", "application/graphql-response+json"],
  ["application/graphql-response+json,application/json", "application/graphql-response+json"],
  ["application/graphql-response+json,application/json;q=0.9", "application/graphql-response+json"],
  ["application/json, application/graphql-response+json", "application/json"],
]);
