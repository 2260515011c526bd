// GraphiQL at /graphql, for browsers, with nothing from another server.

import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import type { FetchAPI, Plugin } from "graphql-yoga";
import { type Asset, answerOf, makeAsset } from "../monitoring/assets.ts";
import { ICON_URL } from "../monitoring/icon.ts";
import { madeOnce } from "../monitoring/made-once.ts";

/**
 * Jitney's mark for Yoga's. And GraphiQL lays out for wide screens alone: on a narrow one the answer goes below the
 * query, and the docs above.
 */
const HEAD = `<meta name="viewport" content="width=device-width, initial-scale=1" />
<style>
.graphiql-container .graphiql-logo svg { display: none; }
.graphiql-container .graphiql-logo { background: url("${ICON_URL}") 4px center / 28px no-repeat; }
@media (max-width: 760px) {
  .graphiql-container .graphiql-main,
  .graphiql-container .graphiql-sessions > :has(> .graphiql-editors) { flex-direction: column; }
  .graphiql-container .graphiql-editors { flex: 3 1 0% !important; min-height: 0; overflow: hidden; }
  .graphiql-container .graphiql-response { flex: 2 1 0% !important; min-height: 0; }
  .graphiql-container .graphiql-plugin { overflow: auto; flex: 1 1 0% !important; }
  .graphiql-container .graphiql-sessions { min-height: 0; flex: 2 1 0% !important; }
  .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
}
</style>
`;

/** @param examples the queries of the first tabs. */
export function useGraphiQLPage(examples: readonly string[]): Plugin {
  const page = madeOnce(() => makePage(examples));
  const answer = async ({ headers: asked }: Request, { Response }: FetchAPI): Promise<Response> => {
    const { status, headers, body } = answerOf(await page(), {
      acceptEncoding: asked.get("accept-encoding"),
      ifNoneMatch: asked.get("if-none-match"),
    });
    const ofPage = { "Content-Type": "text/html; charset=utf-8", Vary: "Accept, Accept-Encoding, Origin" };
    return new Response(body ?? null, { status, headers: { ...headers, ...ofPage } });
  };
  return {
    // No look at the path: what is not for /graphql does not come as far as Yoga (`refusalOf`).
    // For a request for data, no promise is to be waited for.
    onRequest({ request, fetchAPI, endResponse }) {
      if (request.method !== "GET") return undefined;
      if (!request.headers.get("accept")?.toLowerCase().includes("text/html")) return undefined;
      return answer(request, fetchAPI).then(endResponse);
    },
  };
}

async function makePage(examples: readonly string[]): Promise<Asset> {
  const defaultTabs = examples.map((query) => ({ query }));
  const page = renderGraphiQL({
    title: "Jitney",
    favicon: ICON_URL,
    // A POST to the page's own address would take the page out of the browser's cache (RFC 9111, section 4.4).
    endpoint: "?from=graphiql",
    ...(defaultTabs.length > 0 ? { defaultTabs } : {}),
  });
  return await makeAsset(page.replace("<title>", `${HEAD}<title>`));
}
