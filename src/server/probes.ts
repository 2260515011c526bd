// Pages beside GraphQL that are open to everyone: probes, and the way to GraphiQL. A page that is not asks `Authenticate`
// first (authentication.ts), as GraphQL does.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Drain } from "./drain.ts";
import { pathOf } from "./request-checks.ts";
import { sendJSON } from "./send.ts";

/** Answers a probe, and a visitor of the bare address where there is GraphiQL; returns whether the request was one. */
export function sendProbe(
  request: IncomingMessage,
  response: ServerResponse,
  drain: Drain,
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
    case "/ready":
      if (drain.hasBegun) sendJSON(response, 503, { status: "draining" });
      else sendJSON(response, 200, { status: "ready" });
      return true;
    default:
      return false;
  }
}
