// What is refused before GraphQL sees it, each with a clear answer: Yoga's own have no body, or come too late.

import type { IncomingMessage } from "node:http";
import type { Refusal } from "./send.ts";

/**
 * JSON alone. A form needs no CORS preflight: with it, any page on the web could run mutations on a server that the
 * visitor's browser reaches.
 */
const BODY_TYPES: ReadonlySet<string> = new Set(["application/json", "application/graphql+json"]);

/** What Yoga can answer with, and the wildcards that take it in. */
const ANSWER_TYPES: ReadonlySet<string> = new Set([
  "*/*",
  "application/*",
  "application/json",
  "application/graphql-response+json",
  "multipart/mixed",
  "text/*",
  "text/event-stream",
]);

const SINGLE_HEADERS = ["host", "authorization"] as const;

/** What decides who may ask for what has to be there once, whatever is asked for. */
export function refusalOfRepeated(request: IncomingMessage): Refusal | undefined {
  const name = SINGLE_HEADERS.find((header) => countOf(header, request) > 1);
  if (name === undefined) return undefined;
  return { status: 400, code: "BAD_REQUEST", message: `The header ${name} is there more than once` };
}

export function refusalOf(request: IncomingMessage, hasGraphiQL: boolean): Refusal | undefined {
  const { method, headers } = request;
  if (!isForGraphQL(request)) {
    return { status: 404, code: "NOT_FOUND", message: "Nothing is here: GraphQL is at /graphql" };
  }
  if (method === "POST" && !BODY_TYPES.has(mediaType(headers["content-type"] ?? ""))) {
    const message = "The Content-Type of a POST has to be application/json";
    return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message };
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (method === "POST" && encoding.trim().toLowerCase() !== "identity") {
    const message = "The body of a request cannot be compressed: leave out Content-Encoding";
    return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message };
  }
  const isForBrowser = method === "GET" && /\btext\/html\b/i.test(headers.accept ?? "");
  if (isForBrowser && !hasGraphiQL && !/[?&]query=/.test(request.url ?? "")) {
    const message = "GraphiQL is off here: send a query by POST, or by GET in the parameter query";
    return { status: 404, code: "NOT_FOUND", message };
  }
  if (headers.accept && !isAnswerable(headers.accept, isForBrowser && hasGraphiQL)) {
    const message = "The Accept header has to allow application/graphql-response+json or application/json";
    return { status: 406, code: "NOT_ACCEPTABLE", message };
  }
  return undefined;
}

/** Fields of a name are in `headers` once: a proxy might have looked at another one. */
function countOf(name: string, { rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === name.length && rawHeaders[index]?.toLowerCase() === name) count += 1;
  }
  return count;
}

export function isForGraphQL(request: IncomingMessage): boolean {
  const path = pathOf(request);
  return path === "/graphql" || path === "/graphql/";
}

/** The path, without what may follow a question mark. */
export function pathOf(request: IncomingMessage): string {
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  return path;
}

function isAnswerable(accept: string, hasPage: boolean): boolean {
  return accept.split(",").some((range) => {
    if (/;\s*q\s*=\s*0(\.0*)?\s*(;|$)/i.test(range)) return false;
    const type = mediaType(range);
    const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(range)?.[1];
    if (charset !== undefined && charset.toLowerCase() !== "utf-8") return false;
    return ANSWER_TYPES.has(type) || (hasPage && type === "text/html");
  });
}

/** `application/json` of `Application/JSON; charset=utf-8`. */
function mediaType(header: string): string {
  const [type = ""] = header.split(";", 1);
  return type.trim().toLowerCase();
}
