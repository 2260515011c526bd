// Sends a result in the form that Yoga gives it.

import { type ServerResponse, STATUS_CODES } from "node:http";
import type { ExecutionResult } from "graphql";
import { type FetchAPI, processRegularResult } from "graphql-yoga";
import { sendNotSent } from "../send.ts";
import { type ErrorLog, resultOfThrown } from "./thrown.ts";

type Headers = Record<string, string>;

/** A response of fetch, in what `processRegularResult` makes of one. */
class PlainResponse {
  readonly text: string;
  readonly status: number;
  readonly headers: Headers;

  constructor(text: string, { status, headers }: { status: number; headers: Headers }) {
    this.text = text;
    this.status = status;
    this.headers = headers;
  }
}

const PLAIN = { Response: PlainResponse } as unknown as FetchAPI;

export type SendResult = (response: ServerResponse, result: ExecutionResult, type: string) => void;

/** @returns what sends a result in an answer of the given media type. It throws nothing. */
export function createSendResult(fetchAPI: FetchAPI, log: ErrorLog): SendResult {
  return (response, result, type) => {
    // A resolver may have answered itself.
    if (response.destroyed || response.writableEnded) return;
    try {
      send(response, answerOf(result, type, log), fetchAPI);
    } catch (error) {
      log.error(error);
      if (!response.headersSent) sendNotSent(response);
    }
  };
}

/** @throws what it cannot write: an error of a value that is no JSON. */
function answerOf(result: ExecutionResult, type: string, log: ErrorLog): PlainResponse {
  try {
    return written(result, type);
  } catch (error) {
    return written(resultOfThrown(error, log), type);
  }
}

function written(result: ExecutionResult, type: string): PlainResponse {
  // Yoga looks at each error, and copies it, to find the status.
  return hasErrors(result)
    ? (processRegularResult(result, PLAIN, type) as unknown as PlainResponse)
    : plain(result, type);
}

/** @throws for a status or a header that there is not. */
function send(response: ServerResponse, { text, status, headers }: PlainResponse, fetchAPI: FetchAPI): void {
  const length = Buffer.byteLength(text);
  if (status === 200 && hasNoOther(headers)) {
    headers["content-length"] = String(length);
    response.writeHead(200, "OK", headers);
  } else {
    writeUserHead(response, new fetchAPI.Response(text, { status, headers }), headers);
  }
  response.end(text);
}

/** Whether there is nothing that a user's error has asked for. */
function hasNoOther(headers: Headers): boolean {
  let count = 0;
  for (const _ in headers) count += 1;
  return count === 1 && Boolean(headers["Content-Type"]);
}

/**
 * What users ask for may be of any name and type, and of two names that mean the same: it is for fetch's headers.
 *
 * @param headers in the names in which Yoga sends them. The response has put there what was missing.
 */
function writeUserHead(response: ServerResponse, answer: Response, headers: Headers): void {
  const statusText = STATUS_CODES[answer.status] ?? "OK";
  if (answer.headers.get("connection") === null) {
    response.writeHead(answer.status, statusText, headers);
    return;
  }
  // As streams.ts: it would undo the `close` of a server that ends. The others are then in lower case.
  answer.headers.delete("connection");
  response.setHeaders(answer.headers);
  response.writeHead(answer.status, statusText);
}

/** Whether there is more to it than data. */
function hasErrors({ errors, extensions }: ExecutionResult): boolean {
  return errors !== undefined || extensions?.http !== undefined;
}

function plain(result: ExecutionResult, type: string): PlainResponse {
  return new PlainResponse(JSON.stringify(result), {
    status: 200,
    headers: { "Content-Type": `${type}; charset=utf-8` },
  });
}
