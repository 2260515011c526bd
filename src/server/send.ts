// Answers that do not come from GraphQL.

import type { ServerResponse } from "node:http";

export function sendJSON(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
  });
  response.end(text);
}

/** In the form of a GraphQL error, which is what clients of a GraphQL server can read. */
export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJSON(response, status, { errors: [{ message, extensions: { code } }] });
}
