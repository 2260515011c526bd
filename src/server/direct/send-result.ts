// Sends a result in the form that Yoga gives it.

import type { ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { type FetchAPI, processRegularResult } from "graphql-yoga";
import { NOT_SENT, sendRefusal } from "../send.ts";
import type { ErrorLog } from "./thrown.ts";

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

/** @param type the media type of the answer. */
export function sendResult(
  response: ServerResponse,
  result: ExecutionResult,
  type: string,
  log: ErrorLog,
): void {
  if (response.destroyed) return;
  try {
    send(response, result, type);
  } catch (error) {
    log.error(error);
    sendRefusal(response, NOT_SENT);
  }
}

/** @throws for a status or a header that there is not. */
function send(response: ServerResponse, result: ExecutionResult, type: string): void {
  // Yoga looks at each error, and copies it, to find the status.
  const { text, status, headers } = hasErrors(result)
    ? (processRegularResult(result, PLAIN, type) as unknown as PlainResponse)
    : plain(result, type);
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
  response.end(text);
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
