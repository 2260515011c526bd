// A page of a server, for whoever serves it.

import type { IncomingMessage, ServerResponse } from "node:http";

export interface Page {
  /** Whether everyone may have it: it holds nothing of what the server does. */
  readonly isOpen: boolean;
  /** Answers a GET or a HEAD. */
  answer(request: IncomingMessage, response: ServerResponse): void;
}
