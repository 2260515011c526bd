// Answers that are a text, and that no cache keeps.

import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** @param headers beside those of every text, or in place of them. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  response.end(text);
}
