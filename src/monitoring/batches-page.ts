// The page /batches: each batched field as a vehicle that fills, live. Here is what is at which path.

import type { IncomingMessage, ServerResponse } from "node:http";
import { sendAsset } from "./assets.ts";
import { type BrowserFiles, findPackagedFiles, readBrowserFiles, SHELL } from "./browser-files.ts";
import type { WorkerPlace } from "./frames.ts";
import { madeOnce } from "./made-once.ts";
import { checkNames, type ShownField } from "./monitored-field.ts";
import type { Page } from "./page.ts";
import { sendText } from "./send-text.ts";
import { Viewers } from "./viewers.ts";

export type { WorkerPlace } from "./frames.ts";
export type { ShownField } from "./monitored-field.ts";
export type { Page } from "./page.ts";

const PATH = "/batches";

export interface BatchesPageOptions {
  /** Where GraphiQL is, as a link on the page has it; without, there is no such link. */
  readonly graphiql?: string | undefined;
  /** Where several processes serve together: which of them this is. The page says so, as it shows that one's batches. */
  readonly worker?: WorkerPlace | undefined;
}

export interface BatchesPage {
  /** What is at the address of a request: at `/batches`, or below it; undefined for all other paths. */
  (url: string): Page | undefined;
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
 * @throws Error where those packages are not installed, and for two fields of one name.
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
  { graphiql, worker }: BatchesPageOptions = {},
): BatchesPage {
  const packaged = findPackagedFiles();
  checkNames(fields);
  const viewers = new Viewers(fields, { graphiql, worker });
  const events: Page = { isOpen: false, answer: reads((...exchange) => viewers.add(...exchange)) };
  const files = madeOnce(() => readBrowserFiles(packaged));
  const fileAt = (name: string): Page => ({
    isOpen: true,
    answer: reads((request, response) => {
      files().then(
        (found) => {
          // Its server may have ended by now.
          if (!response.writableEnded) sendFile(request, response, found, name);
        },
        () => sendText(response, 500, "The files of this page cannot be read\n"),
      );
    }),
  });
  const pageAt = (url: string): Page | undefined => {
    const [path = ""] = url.split("?", 1);
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
    sendText(response, 405, "This page can only be read\n", { Allow: "GET, HEAD" });
  };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  files: BrowserFiles,
  name: string,
): void {
  const file = files.get(name);
  if (file === undefined) sendText(response, 404, `Nothing is here: the page is at ${PATH}\n`);
  else sendAsset(request, response, file, file.headers);
}
