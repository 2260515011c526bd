// Answers that do not come from GraphQL.

import type { ServerResponse } from "node:http";
import type { FetchAPI } from "graphql-yoga";

const JSON_TYPE = "application/json; charset=utf-8";

/** An answer to a request that goes no further. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Where another try may succeed. */
  readonly retryAfterSeconds?: number;
  /** What `WWW-Authenticate` is to say. */
  readonly challenge?: string;
}

/** An error of the user's may ask for a status or a header that there is not: nothing of that answer can be sent. */
const NOT_SENT: Refusal = {
  status: 500,
  code: "INTERNAL_SERVER_ERROR",
  message: "Unexpected error.",
};

/** Headers that the server itself sets before an answer: for other sites, and at its end. */
const OF_SERVER = /^(vary|connection|access-control-.*)$/;

/** Says so in place of an answer that could not be sent. It throws nothing. */
export function sendNotSent(response: ServerResponse): void {
  // Where it failed halfway, what was asked for is among them, and would fail again.
  for (const name of response.getHeaderNames()) if (!OF_SERVER.test(name)) response.removeHeader(name);
  sendRefusal(response, NOT_SENT);
}

export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  for (const [name, value] of Object.entries(headersOf(refusal))) response.setHeader(name, value);
  sendJSON(response, refusal.status, bodyOf(refusal));
}

/** The same for a plugin of Yoga's. */
export function refusalResponse(refusal: Refusal, { Response }: FetchAPI): Response {
  const headers = { "Content-Type": JSON_TYPE, "Cache-Control": "no-store", ...headersOf(refusal) };
  return new Response(JSON.stringify(bodyOf(refusal)), { status: refusal.status, headers });
}

function headersOf({ retryAfterSeconds, challenge }: Refusal): Record<string, string> {
  return {
    ...(retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) }),
    ...(challenge === undefined ? {} : { "WWW-Authenticate": challenge }),
  };
}

/** In the form of a GraphQL error, which is what clients of a GraphQL server can read. */
function bodyOf({ message, code, retryAfterSeconds }: Refusal): unknown {
  // One that is undefined is not sent.
  return { errors: [{ message, extensions: { code, retryAfterSeconds } }] };
}

export function sendJSON(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": JSON_TYPE,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}
