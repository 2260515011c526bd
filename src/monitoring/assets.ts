// Files of a page, as browsers want them: compressed, and not sent again to who has them.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

type Encoding = "br" | "gzip" | "identity";

export interface Asset {
  readonly etag: string;
  readonly bodies: Readonly<Record<Encoding, Uint8Array<ArrayBuffer>>>;
}

/** Measured on GraphiQL's page of 9.1 MB: 5 takes 0.2 s and gives 1.9 MB; 11 takes 12 s for 1.7 MB. */
const BROTLI_QUALITY = 5;

export async function makeAsset(content: string | Uint8Array): Promise<Asset> {
  const identity = typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    promisify(gzip)(identity),
  ]);
  const etag = `"${createHash("sha256").update(identity).digest("base64url")}"`;
  return { etag, bodies: { br: new Uint8Array(br), gzip: new Uint8Array(gzipped), identity } };
}

/** What a browser says of the asset that it asks for. */
interface AssetRequest {
  /** `Accept-Encoding` */
  readonly acceptEncoding: string | null | undefined;
  /** `If-None-Match` */
  readonly ifNoneMatch: string | null | undefined;
}

interface AssetAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The answer to a GET. */
export function answerOf(
  { etag, bodies }: Asset,
  { acceptEncoding, ifNoneMatch }: AssetRequest,
): AssetAnswer {
  const headers = {
    // To be kept, and asked about each time: another version of Jitney has another page.
    "Cache-Control": "no-cache",
    ETag: etag,
    Vary: "Accept-Encoding",
  };
  if (isKnown(ifNoneMatch ?? "", etag)) return { status: 304, headers, body: undefined };
  const encoding = acceptedEncoding(acceptEncoding ?? "");
  const body = bodies[encoding];
  const ofBody = { ...headers, "Content-Length": String(body.byteLength) };
  return {
    status: 200,
    headers: encoding === "identity" ? ofBody : { ...ofBody, "Content-Encoding": encoding },
    body,
  };
}

/** Answers a GET or a HEAD. */
export function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  headers: Readonly<Record<string, string>>,
): void {
  const { "accept-encoding": acceptEncoding, "if-none-match": ifNoneMatch } = request.headers;
  const answer = answerOf(asset, { acceptEncoding, ifNoneMatch });
  response.writeHead(answer.status, { ...headers, ...answer.headers });
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

/** @param header `Accept-Encoding` */
function acceptedEncoding(header: string): Encoding {
  const accepted = header.split(",").map((part) => part.trim().split(";"));
  const accepts = (encoding: Encoding): boolean =>
    accepted.some(([name, weight]) => name === encoding && !/^\s*q=0(\.0*)?\s*$/i.test(weight ?? ""));
  if (accepts("br")) return "br";
  return accepts("gzip") ? "gzip" : "identity";
}

/** @param header `If-None-Match` */
function isKnown(header: string, etag: string): boolean {
  return header === "*" || header.includes(etag);
}
