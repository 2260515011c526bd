// A client that was led to a server by another name than the server's own, as a lured browser is. `fetch` cannot be
// one: it takes no Host.

import { request as httpRequest } from "node:http";

export interface NamedAnswer {
  readonly status: number | undefined;
  readonly text: string;
  /** Which pages may read the answer. */
  readonly origin: string | undefined;
}

export interface AskOptions {
  /** Default: GET. */
  readonly method?: string;
  /** Default: JSON. */
  readonly accept?: string;
}

/** @param host by which the server is called, by a page that has this name too. */
export function askByName(
  url: string,
  host: string,
  { method = "GET", accept = "application/json" }: AskOptions = {},
): Promise<NamedAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { Host: host, Origin: `http://${host}`, Accept: accept };
    const request = httpRequest(url, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const origin = response.headers["access-control-allow-origin"];
        resolve({ status: response.statusCode, text, origin });
      });
    });
    request.on("error", reject).end();
  });
}
