// What resolvers find in their context is the same on both ways.

import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { DirectRequest } from "../../../src/server/direct/direct-request.ts";
import { type Posted, partsOf, YOGA_PATHS } from "../../support/both-ways.ts";
import { RawConnection } from "../../support/raw-connection.ts";
import { serve } from "../../support/serve.ts";

interface Context {
  readonly request: Request;
  readonly params: unknown;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

type Look = (context: Context) => unknown;

/** By name, as a body can be read in many ways, and by the first of them alone. */
const LOOKS: Readonly<Record<string, Look>> = {
  method: ({ request }) => request.method,
  url: ({ request }) => request.url.replace(/\/graphql.*/, ""),
  "path and query": ({ request, req }) => request.url.endsWith(req.url ?? "?"),
  "headers by name": ({ request: { headers } }) =>
    ["host", "Content-Type", "x-one", "X-ONE", "x-none", "cookie", "x-empty", "content-length"].map(
      (name) => [headers.get(name), headers.has(name)],
    ),
  "all headers": ({ request: { headers } }) => [
    [...headers],
    [...headers.entries()],
    [...headers.keys()],
    [...headers.values()],
  ],
  "headers one by one": ({ request: { headers } }) => {
    const all: unknown[] = [];
    headers.forEach((value, name) => {
      all.push([name, value]);
    });
    return all;
  },
  "headers of another Headers": ({ request }) => [...new Headers([...request.headers])],
  text: ({ request }) => request.text(),
  "text twice": async ({ request }) => [await request.text(), await request.text()],
  json: ({ request }) => request.json(),
  "text of a clone": ({ request }) => request.clone().text(),
  "json of a clone, and its own": async ({ request }) => [await request.clone().json(), await request.json()],
  bytes: async ({ request }) => [...(await request.bytes())],
  arrayBuffer: async ({ request }) => [...new Uint8Array(await request.arrayBuffer())],
  blob: async ({ request }) => {
    const blob = await request.blob();
    return [blob.size, await blob.text()];
  },
  options: ({ request }) => {
    const { cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy } = request;
    return [cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy];
  },
  destination: ({ request }) => request.destination,
  tag: ({ request }) => Object.prototype.toString.call(request),
  signal: ({ request: { signal } }) => [
    signal.aborted,
    signal.reason,
    signal instanceof AbortSignal,
    signal.onabort,
  ],
  params: ({ params }) => params,
  node: ({ req, res, waitUntil }) => [
    req.method,
    req.headers,
    res.req === req,
    res.headersSent,
    typeof waitUntil,
  ],
  "nothing to wait for": ({ waitUntil }) => waitUntil(Promise.resolve()),
  "names in the context": (context) => Object.keys(context).sort(),
};

const TYPE_DEFS = "type Query { look(at: String!): String }";
const QUERY = "query Look($at: String!) { look(at: $at) }";

async function serveLooks() {
  const ways: string[] = [];
  const look = async (_: unknown, { at }: { readonly at: string }, context: Context): Promise<string> => {
    ways.push(context.request instanceof DirectRequest ? "direct" : "yoga");
    const seen = await LOOKS[at]?.(context);
    return JSON.stringify(seen, (_key, value) => (value === undefined ? "undefined" : value));
  };
  return Object.assign(await serve(TYPE_DEFS, { Query: { look } }), { ways });
}

test.each(Object.keys(LOOKS))("%s", async (at) => {
  await using server = await serveLooks();
  using connection = new RawConnection(server.url);
  const posted: Posted = {
    headers: [
      "Content-Type: application/json; charset=utf-8",
      "X-One: 1",
      "x-one: \xe9",
      "Cookie: a=1",
      "Cookie: b=2",
      "X-Empty: ",
      "Set-Cookie: c=3",
    ],
    body: `\n{"operationName":"Look","query":${JSON.stringify(QUERY)},"variables":{"at":${JSON.stringify(at)},"x":"é"}}`,
  };
  const ask = async (path: string): Promise<unknown> => {
    const { body } = await connection.ask(...partsOf(posted, path));
    return JSON.parse(JSON.parse(Buffer.from(body, "latin1").toString()).data.look);
  };
  await ask("/graphql");
  const direct = await ask("/graphql");
  const yoga = await ask(YOGA_PATHS[0]);
  expect(server.ways).toEqual(["yoga", "direct", "yoga"]);
  // Node's own of the request, in another order than it was.
  expect(JSON.parse(JSON.stringify(direct))).toEqual(yoga);
});
