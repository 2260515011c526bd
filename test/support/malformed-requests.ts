// Requests that are wrong in every way that a generator can think of, from a seed. Of those here the framing is right, so
// that each has one answer, and the next can follow on the same connection. See broken-framing.ts for the others.

import { latin1, mutated, nonsense, WORDS } from "./nonsense.ts";
import { CONTENT_TYPES, METHODS, ODD_BODIES, ODD_HEADERS, PATHS } from "./odd-values.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface MalformedRequest {
  /** What is wrong with it. */
  readonly kind: keyof typeof KINDS;
  readonly method: string;
  readonly bytes: Buffer;
}

const VALID_BODY = JSON.stringify({ query: "query ($x: String!) { upper(x: $x) }", variables: { x: "cat" } });
const VALID_QUERY =
  'query Q($x: String!) { a: upper(x: $x) ...F } fragment F on Query { b: upper(x: "dog") }';
const JSON_HEADERS = ["Content-Type: application/json"];

const KINDS = {
  "JSON with wrong bytes": (random: SeededRandom) => posted(mutated(random, latin1(VALID_BODY))),
  "a query with wrong characters": (random: SeededRandom) =>
    posted(
      JSON.stringify({
        query: mutated(random, latin1(VALID_QUERY)).toString("latin1"),
        variables: { x: "cat" },
      }),
    ),
  "a query of tokens in no order": (random: SeededRandom) =>
    posted(
      JSON.stringify({
        query: Array.from({ length: random.integer(1, 40) }, () => random.pick(WORDS)).join(" "),
      }),
    ),
  /** Short, and unlike all others: caches have to bound them too. */
  "a field that is not there": (random: SeededRandom) =>
    bare("GET", `/graphql?query={${random.pick(["a", "b", "c"])}${random.integer(0, 2 ** 31).toString(36)}}`),
  "a query that is nested": (random: SeededRandom) => {
    // As deep as the number of tokens allows, or less.
    const depth = random.chance(0.1) ? 4_900 : random.integer(2, 400);
    const [open, close] = random.pick([
      ["{ a ", "}"],
      ["[", "]"],
      ["{ ... ", "}"],
      ["{ upper(x: [", "]) }"],
    ] as const);
    return posted(JSON.stringify({ query: open.repeat(depth) + close.repeat(random.integer(0, depth)) }));
  },
  "JSON that is nested": (random: SeededRandom) => {
    const depth = random.integer(2, 4_000);
    return posted(`{"query":"{ __typename }","variables":${"[".repeat(depth)}${"]".repeat(depth)}}`);
  },
  "JSON that is no request": (random: SeededRandom) => posted(random.pick(ODD_BODIES)),
  "a number that is huge": (random: SeededRandom) =>
    posted(
      VALID_BODY.replace(
        '"cat"',
        `${random.pick(["", "-"])}${"9".repeat(random.integer(1, 2_000))}e${"9".repeat(5)}`,
      ),
    ),
  "bytes that are no UTF-8": (random: SeededRandom) =>
    posted(
      Buffer.from(
        VALID_BODY.replace("cat", "\xc3\x28\xf0\x9f\xff"),
        random.pick(["latin1", "utf16le"] as const),
      ),
    ),
  "a body that is noise": (random: SeededRandom) => posted(nonsense(random, random.integer(1, 300))),
  "a Content-Type that is none": (random: SeededRandom) =>
    posted(VALID_BODY, [`Content-Type: ${random.pick(CONTENT_TYPES)}`]),
  "headers that are odd": (random: SeededRandom) => {
    const headers = Array.from({ length: random.integer(1, 3) }, () => random.pick(ODD_HEADERS));
    return random.chance(0.5)
      ? posted(VALID_BODY, [...JSON_HEADERS, ...headers])
      : bare("GET", "/graphql", headers);
  },
  "a method that is odd": (random: SeededRandom) => {
    const method = random.pick(METHODS);
    const path = random.pick(["/graphql", "/graphql?query=%7B__typename%7D", "/", "/health", "/ready", "/x"]);
    return random.chance(0.5) ? bare(method, path) : request(method, path, JSON_HEADERS, VALID_BODY);
  },
  "a path that is odd": (random: SeededRandom) =>
    random.chance(0.7)
      ? bare("GET", random.pick(PATHS))
      : request("POST", random.pick(PATHS), JSON_HEADERS, VALID_BODY),
  "a query string that is odd": (random: SeededRandom) =>
    bare(
      "GET",
      `/graphql?${encoded(mutated(random, latin1("query={upper(x:%22a%22)}&variables={%22x%22:1}")))}`,
    ),
  "chunks that are odd": (random: SeededRandom) => chunked(random, latin1(random.pick(ODD_BODIES))),
  "an array that is odd": (random: SeededRandom) => {
    const count = random.chance(0.05) ? 101 : random.integer(1, 8);
    const items = Array.from({ length: count }, () => random.pick(ODD_BODIES.slice(2)));
    return posted(`[${items.join()}]`);
  },
};

const KIND_NAMES = Object.keys(KINDS) as readonly (keyof typeof KINDS)[];

export function malformedRequest(random: SeededRandom): MalformedRequest {
  const kind = random.pick(KIND_NAMES);
  return { kind, ...KINDS[kind](random) };
}

/** A right one. Its answer is `{"data":{"upper":…}}`. */
export function rightRequest(x: string): Buffer {
  return posted(JSON.stringify({ query: "query ($x: String!) { upper(x: $x) }", variables: { x } })).bytes;
}

type Framed = Omit<MalformedRequest, "kind">;

function posted(body: string | Buffer, headers: readonly string[] = JSON_HEADERS): Framed {
  return request("POST", "/graphql", headers, body);
}

function request(method: string, path: string, headers: readonly string[], body: string | Buffer): Framed {
  const bytes = Buffer.from(body);
  const { bytes: head } = bare(method, path, [...headers, `Content-Length: ${bytes.length}`]);
  return { method, bytes: Buffer.concat([head, bytes]) };
}

function bare(method: string, path: string, headers: readonly string[] = []): Framed {
  const lines = [`${method} ${path} HTTP/1.1`, "Host: jitney", ...headers];
  return { method, bytes: latin1(`${lines.join("\r\n")}\r\n\r\n`) };
}

/** In chunks of any size, with extensions and trailers: odd, and right. */
function chunked(random: SeededRandom, body: Buffer): Framed {
  const headers = [...JSON_HEADERS, "Transfer-Encoding: chunked"];
  const parts = [bare("POST", "/graphql", headers).bytes];
  for (let start = 0; start < body.length; ) {
    const size = random.integer(1, body.length - start);
    const extension = random.pick(["", ";x", ";x=y", ';x="y"']);
    parts.push(
      latin1(`${size.toString(16)}${extension}\r\n`),
      body.subarray(start, start + size),
      latin1("\r\n"),
    );
    start += size;
  }
  parts.push(latin1(`0\r\n${random.pick(["", "X-Trailer: 1\r\n"])}\r\n`));
  return { method: "POST", bytes: Buffer.concat(parts) };
}

/** What a request line cannot hold, encoded; the rest as it is, wrong escapes too. */
function encoded(text: Buffer): string {
  return text
    .toString("latin1")
    .replace(/[^\x21-\x7e]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
