// Answers that do not come from GraphQL.

import type { ServerResponse } from "node:http";

/** An answer to a request that goes no further. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Where another try may succeed. */
  readonly retryAfterSeconds?: number;
}

/** In the form of a GraphQL error, which is what clients of a GraphQL server can read. */
export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  const { status, message, ...extensions } = refusal;
  const { retryAfterSeconds } = refusal;
  if (retryAfterSeconds !== undefined) response.setHeader("Retry-After", retryAfterSeconds);
  sendJSON(response, status, { errors: [{ message, extensions }] });
}

export function sendJSON(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}
