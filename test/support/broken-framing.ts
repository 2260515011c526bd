// What comes over a connection and is no row of HTTP requests: cut short, wrongly measured, or noise. The server answers as
// far as it can, and closes.

import { rightRequest } from "./malformed-requests.ts";
import { latin1, mutated, nonsense } from "./nonsense.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface BrokenRequest {
  /** What is wrong with it. */
  readonly kind: keyof typeof KINDS;
  readonly bytes: Buffer;
}

const HEAD = "POST /graphql HTTP/1.1\r\nHost: jitney\r\nContent-Type: application/json\r\n";
const BODY = '{"query":"{ __typename }"}';

const LENGTHS = [
  "-1",
  "+5",
  "1e3",
  "0x10",
  "abc",
  "",
  " ",
  "5, 6",
  "99999999999999999999",
  "26\r\nContent-Length: 27",
];

const CHUNKS = [
  "x\r\n",
  "-1\r\n\r\n",
  "fffffffffffffffff\r\n",
  "5\r\nab",
  "2\r\nabc\r\n0\r\n\r\n",
  "2\nab\n0\n\n",
  "\r\n\r\n",
  "0\r\nX: 1",
  `2;${"x".repeat(20_000)}\r\nab\r\n0\r\n\r\n`,
  "0x2\r\nab\r\n0\r\n\r\n",
];

const HEADERS = [
  "no colon",
  ": empty",
  "X Y: 1",
  "X : 1",
  "X: a\x00b",
  "X: a\rb",
  "X: a\nY",
  " folded: 1",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: xchunked",
  "Content-Length: 5\r\nTransfer-Encoding: chunked",
  `X: ${"x".repeat(20_000)}`,
  Array.from({ length: 3_000 }, (_, index) => `X-${index}: 1`).join("\r\n"),
  "Host: two\x01",
  "Connection: Upgrade\r\nUpgrade: websocket",
];

const LINES = [
  "GET",
  "GET /",
  "GET / HTTP/1.1",
  "GET / HTTP/9.9",
  "GET / HTTP/0.9",
  "GET / JUNK/1.1",
  "get / HTTP/1.1",
  "GET  /  HTTP/1.1",
  "CONNECT jitney:80 HTTP/1.1",
  "CONNECT / HTTP/1.1",
  "PRI * HTTP/2.0\r\n\r\nSM",
  "EHLO jitney",
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  `GET /${"x".repeat(20_000)} HTTP/1.1`,
  "GET /\x00 HTTP/1.1",
  "GET /\xff\xfe HTTP/1.1",
  "GET /graphql?query={upper(x: 1)} HTTP/1.1",
  "HTTP/1.1 200 OK",
];

const KINDS = {
  "a request that is cut short": (random: SeededRandom) => {
    const whole = rightRequest("cat");
    return whole.subarray(0, random.integer(1, whole.length - 1));
  },
  "a request with wrong bytes": (random: SeededRandom) => mutated(random, rightRequest("cat")),
  "a length that is wrong": (random: SeededRandom) =>
    latin1(`${HEAD}Content-Length: ${random.pick(LENGTHS)}\r\n\r\n${BODY}`),
  "a body that is shorter than its length": (random: SeededRandom) =>
    latin1(`${HEAD}Content-Length: ${BODY.length + random.integer(1, 2 ** 20 - 30)}\r\n\r\n${BODY}`),
  "a body that is too long": (random: SeededRandom) =>
    latin1(`${HEAD}Content-Length: ${2 ** 20 + random.integer(1, 1_000)}\r\n\r\n${BODY}`),
  "chunks that are wrong": (random: SeededRandom) =>
    latin1(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${random.pick(CHUNKS)}`),
  "headers that are wrong": (random: SeededRandom) => latin1(`${HEAD}${random.pick(HEADERS)}\r\n\r\n${BODY}`),
  "a first line that is wrong": (random: SeededRandom) =>
    latin1(`${random.pick(LINES)}\r\n${random.pick(["", "Host: jitney\r\n"])}\r\n`),
  "no Host": () => latin1("GET /graphql?query=%7B__typename%7D HTTP/1.1\r\n\r\n"),
  "HTTP of another age": () => latin1("GET /graphql?query=%7B__typename%7D HTTP/1.0\r\n\r\n"),
  /** Asks whether to send more, behind another, and does not wait: it may be cut off after its answer. */
  impatience: (random: SeededRandom) => {
    // Seldom, as it is large: the one answer that is no text.
    const isPage = random.chance(0.02);
    const page = "GET /graphql HTTP/1.1\r\nHost: jitney\r\nAccept: text/html\r\nAccept-Encoding: br\r\n";
    const impatient = isPage
      ? `${page}Expect: 100-continue\r\n\r\n`
      : `${HEAD}Expect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
    return Buffer.concat([rightRequest("cat"), latin1(impatient.repeat(2)), rightRequest("dog")]);
  },
  noise: (random: SeededRandom) => nonsense(random, random.integer(1, 500)),
  "noise after a right request": (random: SeededRandom) =>
    Buffer.concat([rightRequest("cat"), nonsense(random, random.integer(1, 100))]),
};

const KIND_NAMES = Object.keys(KINDS) as readonly (keyof typeof KINDS)[];

export function brokenRequest(random: SeededRandom): BrokenRequest {
  const kind = random.pick(KIND_NAMES);
  return { kind, bytes: KINDS[kind](random) };
}
