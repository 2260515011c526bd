// The page /batches: each batched field as a vehicle that fills, live. Here is what is at which path.

import type { IncomingMessage, ServerResponse } from "node:http";
import { sendAsset } from "./assets.ts";
import { type BrowserFiles, findPackagedFiles, readBrowserFiles, SHELL } from "./browser-files.ts";
import type { Page } from "./page.ts";
import type { ShownField } from "./shown-field.ts";
import { Viewers } from "./viewers.ts";

export type { Page } from "./page.ts";
export type { ShownField } from "./shown-field.ts";

const PATH = "/batches";

export interface BatchesPageOptions {
  /** Where GraphiQL is, as a link on the page has it; without, there is no such link. */
  readonly graphiql?: string | undefined;
}

export interface BatchesPage {
  /** What is at a path: `/batches`, or below it; undefined for all other paths. */
  (path: string): Page | undefined;
  /** Tells whoever looks that the server goes down, and ends their streams. Nobody may look any more. */
  close(): void;
}

/**
 * Makes the page /batches of some batched fields, for a server on node:http. While nobody looks it costs nothing. It
 * stands on the packages `uplot` and `eventsource-parser`.
 *
 * The page and its files hold nothing of the server (`isOpen`); its stream of events does: let in whom you choose. It asks
 * its visitor for a bearer token where the stream is answered with 401.
 *
 * @throws Error where those packages are not installed.
 * @example
 * const batchesPage = createBatchesPage(bindBatchedFields(schema));
 * const server = createServer((request, response) => {
 *   const page = batchesPage(request.url ?? "");
 *   if (page !== undefined) page.answer(request, response);
 *   else yoga(request, response);
 * });
 */
export function createBatchesPage(
  fields: readonly ShownField[],
  { graphiql }: BatchesPageOptions = {},
): BatchesPage {
  const packaged = findPackagedFiles();
  const viewers = new Viewers(fields, { graphiql });
  const events: Page = { isOpen: false, answer: reads((...exchange) => viewers.add(...exchange)) };
  let files: Promise<BrowserFiles> | undefined;
  const fileAt = (name: string): Page => ({
    isOpen: true,
    answer: reads((request, response) => {
      files ??= readBrowserFiles(packaged).catch((error: unknown) => {
        files = undefined;
        throw error;
      });
      files.then(
        (found) => sendFile(request, response, found, name),
        () => sendText(response, 500, "The files of this page cannot be read"),
      );
    }),
  });
  const pageAt = (path: string): Page | undefined => {
    if (path === PATH) return fileAt(SHELL);
    if (!path.startsWith(`${PATH}/`)) return undefined;
    const name = path.slice(PATH.length + 1);
    if (name === "events") return events;
    return name === "" ? WITHOUT_SLASH : fileAt(name);
  };
  return Object.assign(pageAt, { close: () => viewers.close() });
}

type Answer = Page["answer"];

/** Addresses in the page are seen from /batches: behind a proxy it may be elsewhere. */
const WITHOUT_SLASH: Page = {
  isOpen: true,
  answer: reads((_, response) => void response.writeHead(308, { Location: `..${PATH}` }).end()),
};

function reads(answer: Answer): Answer {
  return (request, response) => {
    if (request.method === "GET" || request.method === "HEAD") return answer(request, response);
    response.setHeader("Allow", "GET, HEAD");
    sendText(response, 405, "This page can only be read");
  };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  files: BrowserFiles,
  name: string,
): void {
  const file = files.get(name);
  if (file === undefined) sendText(response, 404, `Nothing is here: the page is at ${PATH}`);
  else sendAsset(request, response, file, file.headers);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`${text}\n`);
}
