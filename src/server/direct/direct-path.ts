// The short way for most of what is asked. A POST of JSON that asks for a query which is known goes from node's request to
// the hooks of Yoga's plugins, without the requests and responses of fetch, and without being parsed and validated again:
// those are most of what a small request costs. Whatever is out of the ordinary goes to Yoga as it is, and does so before
// any of it has run. Nothing runs twice but the look at who may ask.

import type { IncomingMessage } from "node:http";
import { getOperationAST } from "graphql";
import type { Answer } from "../answer.ts";
import type { JitneyYoga } from "../yoga.ts";
import { DirectRequest } from "./direct-request.ts";
import { createExecution } from "./execution.ts";
import { createGate } from "./gate.ts";
import { collectHooks } from "./hooks.ts";
import { readParams } from "./params.ts";
import { readBody, unread } from "./request-body.ts";
import { createSendResult } from "./send-result.ts";

export type Listener = (request: IncomingMessage, response: Answer) => void;

/** @param answerType the media type of the answer (ordinary.ts). */
export type DirectPath = (request: IncomingMessage, response: Answer, answerType: string) => void;

/**
 * Answers ordinary requests the short way, where there is one.
 *
 * @param toYoga answers all others, in Yoga's own way.
 */
export function createDirectPath(yoga: JitneyYoga, toYoga: Listener): DirectPath {
  // With these, a query may be answered in several parts.
  if (["defer", "stream"].some((name) => yoga.schema.getDirective(name) != null)) return toYoga;
  const hooks = collectHooks(yoga);
  const letIn = createGate(yoga, hooks);
  const execute = createExecution(yoga, hooks);
  const { fetchAPI, logger } = yoga.server;
  const sendResult = createSendResult(fetchAPI, logger);
  return (request, response, answerType) => {
    const asked = new DirectRequest(request, response, fetchAPI);
    letIn(asked, (context) => {
      if (context === undefined) return toYoga(request, response);
      readBody(request, (body) => {
        const text = body.toString();
        const params = readParams(text);
        const document = params === undefined ? undefined : yoga.documents.known(params.query);
        const type = document && getOperationAST(document, params?.operationName)?.operation;
        if (params === undefined || document === undefined || (type !== "query" && type !== "mutation")) {
          return toYoga(unread(request, body), response);
        }
        asked.setText(text);
        execute(asked, params, document, context, (result) => sendResult(response, result, answerType));
      });
    });
  };
}
