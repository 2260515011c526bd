// Which pages of other sites may read answers (CORS, by the Fetch standard). Yoga's own has no say here: it would answer
// foreign pages with the origin `null`, which sandboxed frames have, and leave what is refused before it without headers.

import type { IncomingMessage, ServerResponse } from "node:http";
import { OptionError } from "../batching/errors.ts";

export interface CORSOptions {
  /** Exact origins, `https://app.example` or `http://localhost:3000`; or `"*"` alone, for every page there is. */
  readonly origins: readonly string[];
}

/** How long a browser may remember what it was allowed. */
const MAX_AGE_SECONDS = 600;

/**
 * Says in the headers whether the page that asks may read the answer. Cookies are never allowed (`credentials`): who
 * asks is said by a bearer token, which a page has to have.
 *
 * @returns whether the request was a preflight, and has been answered.
 */
export function answerCORS(
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  if (origins.length === 0) return false;
  const isForAll = origins.includes("*");
  // Of each answer, also to who says no origin: a cache must not give it to another.
  if (!isForAll) response.setHeader("Vary", "Origin");
  const { origin } = request.headers;
  if (origin === undefined || !(isForAll || origins.includes(origin))) return false;
  response.setHeader("Access-Control-Allow-Origin", isForAll ? "*" : origin);
  response.setHeader("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate");
  const isPreflight =
    request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
  if (!isPreflight) return false;
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, POST",
    // The wildcard takes in all but Authorization.
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Max-Age": MAX_AGE_SECONDS,
  });
  response.end();
  return true;
}

/** @param name what the message shall begin with. */
export function checkOrigins(name: string, given: unknown): readonly string[] {
  if (!Array.isArray(given)) throw new OptionError(name, "a list of origins", given);
  for (const origin of given) {
    const isOnly = origin === "*" && given.length === 1;
    if (!isOnly && !isOrigin(origin)) {
      throw new OptionError(name, 'origins like https://app.example, or "*" alone', origin);
    }
  }
  return given;
}

/** As a browser writes it: no path, no default port, no capitals. */
function isOrigin(given: unknown): given is string {
  const url = typeof given === "string" ? URL.parse(given) : null;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return isWeb && url.origin === given && !url.hostname.includes("*");
}
