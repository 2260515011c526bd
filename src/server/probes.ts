// Pages beside GraphQL that are open to everyone: probes, and the way to GraphiQL. A page that is not asks `Authenticate`
// first (authentication.ts), as GraphQL does.

import type { IncomingMessage, ServerResponse } from "node:http";
import { pathOf } from "./request-checks.ts";
import { sendJSON } from "./send.ts";

/** What keeps a server from being ready, in a word or a few; undefined where nothing does. */
export type NotReady = () => string | undefined;

/** Answers a probe, and a visitor of the bare address where there is GraphiQL; returns whether the request was one. */
export function sendProbe(
  request: IncomingMessage,
  response: ServerResponse,
  notReady: NotReady,
  hasGraphiQL: boolean,
): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  switch (pathOf(request)) {
    case "/":
      if (!hasGraphiQL) return false;
      response.writeHead(302, { Location: "/graphql" }).end();
      return true;
    case "/health":
      sendJSON(response, 200, { status: "ok" });
      return true;
    case "/ready": {
      const status = notReady();
      sendJSON(response, status === undefined ? 200 : 503, { status: status ?? "ready" });
      return true;
    }
    default:
      return false;
  }
}
