// /batches of batchers alone, in a server without GraphQL.

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { createBatchesPage, type ShownField } from "../../src/monitoring/batches-page.ts";

/** Ends when the test does. @param beforeAnswer what is done first with each request. */
export async function serveFields(
  fields: readonly ShownField[],
  beforeAnswer?: (response: ServerResponse) => Promise<unknown>,
) {
  const page = createBatchesPage(fields);
  const responses: ServerResponse[] = [];
  const server: Server = createServer(async (request, response) => {
    responses.push(response);
    await beforeAnswer?.(response);
    page(request.url ?? "")?.answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    page.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, page, responses };
}
