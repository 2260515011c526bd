// Where requests come in: what is refused before GraphQL sees it, and in which order.

import type { IncomingMessage, Server } from "node:http";
import type { Answer } from "./answer.ts";
import { boundBody } from "./body-limit.ts";
import { answerCORS } from "./cors.ts";
import { createDirectPath } from "./direct/direct-path.ts";
import { ordinaryAnswerType } from "./direct/ordinary.ts";
import type { Drain } from "./drain.ts";
import { createHostCheck } from "./hosts.ts";
import type { ServerSettings } from "./options.ts";
import type { Pages } from "./pages.ts";
import { type NotReady, sendProbe } from "./probes.ts";
import { refusalOf, refusalOfRepeated } from "./request-checks.ts";
import { type Refusal, sendNotSent, sendRefusal } from "./send.ts";
import type { JitneyYoga } from "./yoga.ts";

const SHUTTING_DOWN: Refusal = {
  status: 503,
  code: "BATCH_SHUTTING_DOWN",
  message: "The server is shutting down",
  retryAfterSeconds: 1,
};

/** Has a server answer requests: probes and pages itself, GraphQL by `yoga`, all else with a refusal. */
export function answerRequests(
  server: Server,
  yoga: JitneyYoga,
  pages: Pages,
  drain: Drain,
  settings: ServerSettings,
  notReady: NotReady,
): void {
  const { maxBodyBytes, graphiql, corsOrigins } = settings;
  const hosts = createHostCheck(server, settings.host, settings.allowedHosts);
  const answer = async (request: IncomingMessage, response: Answer): Promise<void> => {
    await yoga.server(request, response);
    // Yoga then sends nothing at all.
    if (!response.headersSent && !response.destroyed) sendNotSent(response);
  };
  const toYoga = (request: IncomingMessage, response: Answer): void => void answer(request, response);
  const direct = createDirectPath(yoga, toYoga);
  const ordinary = { maxBodyBytes, isKnownHost: (host: string) => hosts.isKnown(host) };
  const handle = (request: IncomingMessage, response: Answer): void => {
    drain.track(response);
    const answerType = drain.isClosed ? undefined : ordinaryAnswerType(request, ordinary);
    if (answerType === undefined) {
      handleOther(request, response);
    } else {
      answerCORS(request, response, corsOrigins);
      direct(request, response, answerType);
    }
  };
  const handleOther = (request: IncomingMessage, response: Answer): void => {
    // A target in absolute form (RFC 9112, section 3.2.2), as proxies send it.
    if (!request.url?.startsWith("/")) request.url = request.url?.replace(/^https?:\/\/[^/?]*/i, "") || "/";
    // The case of media types does not matter (RFC 9110, section 8.3.1), but to Yoga it does.
    const contentType = request.headers["content-type"];
    if (contentType !== undefined) request.headers["content-type"] = contentType.toLowerCase();
    if (sendProbe(request, response, notReady, graphiql)) return;
    // Before anything that a page could read.
    const notForUs = refusalOfRepeated(request) ?? hosts.refusalOf(request);
    if (notForUs !== undefined) {
      sendRefusal(response, notForUs);
      return;
    }
    // No page of another site may read these, even where it may ask for GraphQL.
    if (pages.send(request, response)) return;
    if (answerCORS(request, response, corsOrigins)) return;
    const refusal = drain.isClosed ? SHUTTING_DOWN : refusalOf(request, graphiql);
    if (refusal !== undefined) sendRefusal(response, refusal);
    else if (boundBody(request, response, maxBodyBytes)) toYoga(request, response);
  };
  server.on("request", handle);
  // A client that asks first (`Expect: 100-continue`) need not send a body that would be refused.
  server.on("checkContinue", (request: IncomingMessage, response: Answer) => {
    const isWelcome = Number(request.headers["content-length"] ?? 0) <= maxBodyBytes;
    // Without a socket it is pipelined: Node may then write this into the middle of the answer before it.
    if (isWelcome && response.socket !== null) response.writeContinue();
    handle(request, response);
  });
}
