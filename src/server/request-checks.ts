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

/** What decides who may ask for what has to be there once, whatever is asked for: a proxy might have looked at another. */
export function refusalOfRepeated({ rawHeaders }: IncomingMessage): Refusal | undefined {
  let hosts = 0;
  let authorizations = 0;
  // Every second is a value. In `headers`, each name is once.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
    if (name.length === 13 && name.toLowerCase() === "authorization") authorizations += 1;
  }
  if (hosts > 1) return repeated("host");
  return authorizations > 1 ? repeated("authorization") : undefined;
}

function repeated(name: string): Refusal {
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
  const encoding = headers["content-encoding"];
  if (method === "POST" && encoding !== undefined && encoding.trim().toLowerCase() !== "identity") {
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

export function isForGraphQL(request: IncomingMessage): boolean {
  const path = pathOf(request);
  return path === "/graphql" || path === "/graphql/";
}

/** The path, without what may follow a question mark. */
export function pathOf(request: IncomingMessage): string {
  const { url = "/" } = request;
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

function isAnswerable(accept: string, hasPage: boolean): boolean {
  if (ANSWER_TYPES.has(accept)) return true;
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
  if (header === "application/json") return header;
  const [type = ""] = header.split(";", 1);
  return type.trim().toLowerCase();
}
