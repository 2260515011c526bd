// GraphiQL at /graphql, for browsers, with nothing from another server.

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import type { Plugin } from "graphql-yoga";

interface Page {
  readonly etag: string;
  readonly bodies: Readonly<Record<Encoding, Uint8Array<ArrayBuffer>>>;
}

type Encoding = "br" | "gzip" | "identity";

/** A small bus, full: three keys ride. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="7" width="28" height="16" rx="4" fill="#e10098"/><g fill="#fff"><rect x="5" y="11" width="6" height="5" rx="1"/><rect x="13" y="11" width="6" height="5" rx="1"/><rect x="21" y="11" width="6" height="5" rx="1"/></g><g fill="#1f2937" stroke="#fff" stroke-width="1.5"><circle cx="9" cy="24" r="3.5"/><circle cx="23" cy="24" r="3.5"/></g></svg>',
)}`;

/**
 * Jitney's mark for Yoga's. And GraphiQL lays out for wide screens alone: on a narrow one the answer goes below the
 * query, and the docs above.
 */
const HEAD = `<meta name="viewport" content="width=device-width, initial-scale=1" />
<style>
.graphiql-container .graphiql-logo svg { display: none; }
.graphiql-container .graphiql-logo { background: url("${ICON}") 4px center / 28px no-repeat; }
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

/** Measured on the page of 9.1 MB: 5 takes 0.2 s and gives 1.9 MB; 11 takes 12 s for 1.7 MB. */
const BROTLI_QUALITY = 5;

/** @param examples the queries of the first tabs. */
export function useGraphiQLPage(examples: readonly string[]): Plugin {
  let page: Promise<Page> | undefined;
  return {
    // No look at the path: what is not for /graphql does not come as far as Yoga (`refusalOf`).
    async onRequest({ request, fetchAPI, endResponse }) {
      if (request.method !== "GET") return;
      if (!request.headers.get("accept")?.toLowerCase().includes("text/html")) return;
      page ??= makePage(examples).catch((error: unknown) => {
        page = undefined;
        throw error;
      });
      const { etag, bodies } = await page;
      const encoding = acceptedEncoding(request.headers.get("accept-encoding"));
      const headers = {
        "Content-Type": "text/html; charset=utf-8",
        // To be kept, and asked about each time: another version of Jitney has another page.
        "Cache-Control": "no-cache",
        ETag: etag,
        Vary: "Accept, Accept-Encoding, Origin",
      };
      const known = request.headers.get("if-none-match");
      if (known === "*" || known?.includes(etag)) {
        endResponse(new fetchAPI.Response(null, { status: 304, headers }));
        return;
      }
      endResponse(
        new fetchAPI.Response(bodies[encoding], {
          headers: encoding === "identity" ? headers : { ...headers, "Content-Encoding": encoding },
        }),
      );
    },
  };
}

async function makePage(examples: readonly string[]): Promise<Page> {
  const defaultTabs = examples.map((query) => ({ query }));
  const page = renderGraphiQL({
    title: "Jitney",
    favicon: ICON,
    // A POST to the page's own address would take the page out of the browser's cache (RFC 9111, section 4.4).
    endpoint: "?from=graphiql",
    ...(defaultTabs.length > 0 ? { defaultTabs } : {}),
  });
  const identity = new TextEncoder().encode(page.replace("<title>", `${HEAD}<title>`));
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    promisify(gzip)(identity),
  ]);
  const etag = `"${createHash("sha256").update(identity).digest("base64url")}"`;
  return { etag, bodies: { br: new Uint8Array(br), gzip: new Uint8Array(gzipped), identity } };
}

function acceptedEncoding(header: string | null): Encoding {
  const accepted = (header ?? "").split(",").map((part) => part.trim().split(";"));
  const accepts = (encoding: Encoding): boolean =>
    accepted.some(([name, weight]) => name === encoding && !/^\s*q=0(\.0*)?$/.test(weight ?? ""));
  if (accepts("br")) return "br";
  return accepts("gzip") ? "gzip" : "identity";
}
