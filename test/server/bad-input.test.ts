// What clients get wrong, over real HTTP: each is told so clearly, and the server goes on as before.

import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { batched } from "../../src/index.ts";
import { query, upper } from "../support/graphql-client.ts";
import { type ServedJitney, serve } from "../support/serve.ts";
import { startJitney } from "../support/server-process.ts";

const MAX_BODY_BYTES = 100_000;
const MAX_OPERATIONS = 10;
const JSON_TYPE = "application/json; charset=utf-8";

const TYPE_DEFS = `
  type Query { upper(x: String!): String! @batch(maxDelayMs: 0) }
  type Mutation { note(x: String!): String! @batch(maxDelayMs: 0) }
`;

type Keys = readonly { readonly x: string }[];

let server: ServedJitney;
let notes: string[] = [];

beforeAll(async () => {
  const note = (keys: Keys) => {
    notes.push(...keys.map(({ x }) => x));
    return keys.map(({ x }) => x);
  };
  const resolvers = {
    Query: { upper: batched((keys: Keys) => keys.map(({ x }) => x.toUpperCase())) },
    Mutation: { note: batched(note) },
  };
  server = await serve(TYPE_DEFS, resolvers, { maxBodyBytes: MAX_BODY_BYTES });
});

beforeEach(() => {
  notes = [];
});

afterEach(async () => {
  expect(await upper(server.url, "cat"), "it still answers").toBe("CAT");
  expect(server.log.faults, "a client's fault is no failure of the server").toEqual([]);
});

afterAll(() => server.drain());

interface Reply {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly message: unknown;
  readonly code: unknown;
}

/** A reply whose body is errors in the form of GraphQL: what clients of a GraphQL server can read. */
function replyOf(status: number | undefined, type: string | null | undefined, text: string): Reply {
  const found: Reply = { status, type: type ?? undefined, message: text, code: undefined };
  if (!type?.includes("json")) return found;
  const { errors }: { errors?: readonly { message: string; extensions?: { code?: string } }[] } =
    JSON.parse(text);
  return { ...found, message: errors?.[0]?.message ?? text, code: errors?.[0]?.extensions?.code };
}

async function ask(path: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(`${server.url}${path}`, init);
  return replyOf(response.status, response.headers.get("content-type"), await response.text());
}

/** Posts a body as it is. */
function postText(body: string, headers: Record<string, string> = {}): Promise<Reply> {
  return ask("/graphql", {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

function postJSON(body: unknown, headers?: Record<string, string>): Promise<Reply> {
  return postText(JSON.stringify(body), headers);
}

/** Writes bytes to a socket of its own, and gives all that comes back until the server closes it. */
async function raw(bytes: string, encoding: BufferEncoding = "utf8"): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).setEncoding(encoding);
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.write(bytes);
  await once(socket, "close");
  return text;
}

describe("a body that is no request is answered 400, and says what is wrong", () => {
  test.each([
    ["malformed JSON", '{"query": ', "POST body sent invalid JSON."],
    ["an empty body", "", "POST body sent invalid JSON."],
    ["a number", "5", "POST body is expected to be object but received number"],
    ["a text", '"{ upper }"', "POST body is expected to be object but received string"],
    ["null", "null", "POST body is expected to be object but received null"],
    ["a query that is no text", '{"query": 5}', 'Expected "query" param to be a string, but given number.'],
    [
      "variables that are no object",
      '{"query": "{ upper }", "variables": "x"}',
      'Expected "variables" param to be empty or an object, but given string.',
    ],
    [
      "a parameter that GraphQL has not",
      '{"query": "{ upper }", "variable": {}}',
      'Unexpected parameter "variable" in the request body.',
    ],
  ])("%s", async (_what, body, message) => {
    expect(await postText(body)).toEqual({ status: 400, type: JSON_TYPE, message, code: "BAD_REQUEST" });
  });

  test("an empty array of operations", async () => {
    const reply = await postText("[]");
    expect(reply).toMatchObject({ status: 400, type: JSON_TYPE, code: "BAD_REQUEST" });
    expect(reply.message).toMatch(/operation/i);
  });

  test("an answer to malformed JSON does not send all of it back", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      body: `{"query": "${"x".repeat(50_000)}`,
      headers: { "Content-Type": "application/json" },
    });
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(1_000);
  });

  test("variables of a GET that are no JSON", async () => {
    const reply = await ask("/graphql?query=%7B__typename%7D&variables=%7B", {});
    expect(reply).toMatchObject({ status: 400, type: JSON_TYPE, code: "BAD_REQUEST" });
    expect(reply.message).toMatch(/variables/);
  });

  test("more operations in an array than are allowed: 413", async () => {
    const operations = Array(MAX_OPERATIONS + 1).fill({ query: "{ __typename }" });
    expect(await postJSON(operations)).toEqual({
      status: 413,
      type: JSON_TYPE,
      message: `Batching is limited to ${MAX_OPERATIONS} operations per request.`,
      code: "BAD_REQUEST",
    });
  });
});

describe("an operation that does not fit the schema says where", () => {
  const VARIABLE = "query ($x: String!) { upper(x: $x) }";
  const INVALID = "GRAPHQL_VALIDATION_FAILED";

  // A client that asks for application/graphql-response+json gets 400 for each of these; an older one 200.
  test.each([
    [
      "an unknown field",
      { query: "{ lower }" },
      'Cannot query field "lower" on type "Query". Did you mean "upper"?',
      INVALID,
    ],
    [
      "a missing argument",
      { query: "{ upper }" },
      'Argument "Query.upper(x:)" of type "String!" is required, but it was not provided.',
      INVALID,
    ],
    [
      "null for x",
      { query: "{ upper(x: null) }" },
      'Expected value of non-null type "String!" not to be null.',
      INVALID,
    ],
    [
      "a wrong type for x",
      { query: "{ upper(x: 5) }" },
      "String cannot represent a non string value: 5",
      INVALID,
    ],
    ["a syntax error", { query: "{" }, "Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED"],
    ["an empty query", { query: "" }, "Syntax Error: Unexpected <EOF>.", "GRAPHQL_PARSE_FAILED"],
    ["no query", {}, "Must provide query string.", "BAD_REQUEST"],
    [
      "null for a variable",
      { query: VARIABLE, variables: { x: null } },
      'Variable "$x" has invalid value: Expected value of non-null type "String!" not to be null.',
      "BAD_REQUEST",
    ],
    [
      "a wrong type for a variable",
      { query: VARIABLE, variables: { x: 5 } },
      'Variable "$x" has invalid value: String cannot represent a non string value: 5',
      "BAD_REQUEST",
    ],
    [
      "a missing variable",
      { query: VARIABLE },
      'Variable "$x" has invalid value: Expected a value of non-null type "String!" to be provided.',
      "BAD_REQUEST",
    ],
    [
      "an operation that is not there",
      { query: "query A { __typename }", operationName: "B" },
      "Could not determine what operation to execute.",
      "OPERATION_RESOLUTION_FAILURE",
    ],
  ])("%s", async (_what, body, message, code) => {
    const type = "application/graphql-response+json; charset=utf-8";
    const modern = await postJSON(body, { Accept: "application/graphql-response+json" });
    expect(modern).toEqual({ status: 400, type, message, code });
    expect(await postJSON(body)).toMatchObject({ type: JSON_TYPE, message, code });
  });

  test("a query that is nested without end is the client's fault", async () => {
    const reply = await postJSON({ query: `${"{a".repeat(15_000)}${"}".repeat(15_000)}` });
    expect(reply.type).toBe(JSON_TYPE);
    expect(reply.code).not.toBe("INTERNAL_SERVER_ERROR");
    expect(reply.status).toBeLessThan(500);
  });

  test("in an array, the operation that is wrong harms no other", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      body: JSON.stringify([{ query: '{ upper(x: "dog") }' }, 5, { query: "{ lower }" }]),
      headers: { "Content-Type": "application/json" },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      { data: { upper: "DOG" } },
      { errors: [{ message: "Expected params to be an object but given number." }] },
      { errors: [{ message: expect.stringContaining('Cannot query field "lower"') }] },
    ]);
  });
});

describe("a request that is not for GraphQL says what is", () => {
  const BODY = JSON.stringify({ query: '{ upper(x: "cat") }' });

  test.each([["text/plain"], ["application/xml"], ["application/jsonp"]])(
    "content type %s: 415",
    async (type) => {
      const reply = await postText(BODY, { "Content-Type": type });
      expect(reply).toMatchObject({ status: 415, type: JSON_TYPE });
      expect(reply.message).toMatch(/application\/json/);
    },
  );

  test.each([["APPLICATION/JSON"], ["Application/Json; Charset=UTF-8"], ["application/GraphQL+JSON"]])(
    "content type %s is as good as in lower case",
    async (type) => {
      const reply = await postText(BODY, { "Content-Type": type });
      expect(reply).toMatchObject({ status: 200, message: '{"data":{"upper":"CAT"}}' });
    },
  );

  test("no content type: 415", async () => {
    const answer = await raw(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    expect(answer).toMatch(/^content-type: application\/json/im);
    expect(answer).toMatch(/"message":.*application\/json/);
  });

  test.each([["gzip"], ["br"], ["identity, gzip"]])("a body in the encoding %s: 415", async (encoding) => {
    const reply = await postText(BODY, { "Content-Encoding": encoding });
    expect(reply).toMatchObject({ status: 415, type: JSON_TYPE });
    expect(reply.message).toMatch(/cannot be compressed/);
  });

  test("a body in the encoding Identity is as it is", async () => {
    const reply = await postText(BODY, { "Content-Encoding": "Identity" });
    expect(reply).toMatchObject({ status: 200, message: '{"data":{"upper":"CAT"}}' });
  });

  test.each([
    ["host", "Host: localhost\r\nHost: other"],
    ["authorization", "Host: localhost\r\nAuthorization: Bearer a\r\nauthorization: Bearer b"],
  ])("the header %s twice: 400", async (name, headers) => {
    const answer = await raw(
      `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain(`The header ${name} is there more than once`);
  });

  test("a form, which the pages of other sites can send without asking, runs nothing", async () => {
    const body = new URLSearchParams({ query: 'mutation { note(x: "from another site") }' });
    const { status } = await ask("/graphql", { method: "POST", body });
    expect(notes).toEqual([]);
    expect(status).toBe(415);
  });

  test("an answer in a form that the server has not: 406", async () => {
    const reply = await postText(BODY, { Accept: "text/plain" });
    expect(reply).toMatchObject({ status: 406, type: JSON_TYPE });
    expect(reply.message).toMatch(/application\/json/);
  });

  test("a mutation whose answer the client would not take is not run", async () => {
    const { status } = await postJSON(
      { query: 'mutation { note(x: "for nobody") }' },
      { Accept: "text/plain" },
    );
    expect(status).toBe(406);
    expect(notes).toEqual([]);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("%s: 405", async (method) => {
    const response = await fetch(`${server.url}/graphql`, { method });
    expect(response.headers.get("allow")).toBe("GET, POST");
    expect(replyOf(response.status, response.headers.get("content-type"), await response.text())).toEqual({
      status: 405,
      type: JSON_TYPE,
      message: "GraphQL only supports GET and POST requests.",
      code: "BAD_REQUEST",
    });
  });

  test("a mutation by GET runs nothing: 405", async () => {
    const text = encodeURIComponent('mutation { note(x: "by GET") }');
    const response = await fetch(`${server.url}/graphql?query=${text}`);
    expect(notes).toEqual([]);
    expect(response.headers.get("allow")).toBe("POST");
    expect(replyOf(response.status, response.headers.get("content-type"), await response.text())).toEqual({
      status: 405,
      type: JSON_TYPE,
      message: "Can only perform a mutation operation from a POST request.",
      code: "BAD_REQUEST",
    });
  });

  test.each(["/nonsense", "/graphqlx", "/health/x"])("GET %s: 404", async (path) => {
    const reply = await ask(path, {});
    expect(reply).toMatchObject({ status: 404, type: JSON_TYPE });
    expect(reply.message).toMatch(/\/graphql/);
  });

  test("POST to the root: 404", async () => {
    const reply = await ask("/", { method: "POST", body: BODY });
    expect(reply).toMatchObject({ status: 404, type: JSON_TYPE });
  });

  test.each(["/health", "/ready"])("POST %s is no probe", async (path) => {
    const { status } = await ask(path, { method: "POST", body: "{}" });
    expect([404, 405]).toContain(status);
  });

  test.each(["/health?verbose", "/ready?from=balancer"])("a probe may have a query: %s", async (path) => {
    expect(await ask(path, {})).toMatchObject({ status: 200, type: JSON_TYPE });
  });
});

describe("what is not HTTP is answered 400, and closed", () => {
  const BODY = JSON.stringify({ query: "{ __typename }" });
  const HEAD = "Content-Type: application/json\r\nConnection: close\r\n";

  test.each([
    ["words", "hello server\r\n\r\n"],
    ["the start of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["no Host", `POST /graphql HTTP/1.1\r\n${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`],
    [
      "a chunk of no size",
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    [
      "two lengths of one body",
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])("%s", async (_what, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });

  test("headers that are too long: 431", async () => {
    expect(await raw(`GET /graphql?query=${"a".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  test("a Host that is none, and no stack of the server's comes back", async () => {
    const answer = await raw(
      `POST /graphql HTTP/1.1\r\nHost: [::1\r\n${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
    );
    expect(answer).not.toMatch(/node_modules|^ {4}at /m);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

/** What came back for a body that node:http has sent, and whether the server asked for it. */
interface Sent extends Reply {
  readonly isAskedFor: boolean;
}

interface Upload {
  readonly headers: OutgoingHttpHeaders;
  /** Sent one after the other, as fast as the server takes them, until it answers. */
  readonly chunks?: Iterable<Buffer | string>;
}

/** Posts a body chunk by chunk; with `Expect`, only when the server says that it wants it. */
async function upload({ headers, chunks = [] }: Upload): Promise<Sent> {
  const request = httpRequest(`${server.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
  });
  onTestFinished(() => void request.destroy());
  let isAskedFor = false;
  const answered = once(request, "response").then(async ([response]: IncomingMessage[]) => {
    if (response === undefined) throw new Error("no response");
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    return replyOf(response.statusCode, response.headers["content-type"], text);
  });
  // A server that has answered may cut off what is still sent.
  request.on("error", () => {});
  if (headers.Expect === undefined) {
    await send();
  } else {
    request.on("continue", () => {
      isAskedFor = true;
      void send();
    });
    request.flushHeaders();
  }
  return { ...(await answered), isAskedFor };

  async function send(): Promise<void> {
    let isAnswered = false;
    const stop = new Promise<void>((resolve) => {
      for (const event of ["response", "close"]) {
        request.once(event, () => {
          isAnswered = true;
          resolve();
        });
      }
    });
    for (const chunk of chunks) {
      if (isAnswered) return;
      if (request.write(chunk)) continue;
      await Promise.race([new Promise<void>((resolve) => request.once("drain", () => resolve())), stop]);
    }
    request.end();
  }
}

describe("the limit of the body", () => {
  const BODY = JSON.stringify({ query: '{ upper(x: "dog") }' });
  const TOO_LARGE = {
    status: 413,
    type: JSON_TYPE,
    message: `The request body is larger than ${MAX_BODY_BYTES} bytes`,
    code: "BODY_TOO_LARGE",
    isAskedFor: false,
  };

  /** A valid request of so many bytes: a query in spaces. */
  const padded = (bytes: number): string => BODY + " ".repeat(bytes - BODY.length);

  test("a body of just the limit is taken", async () => {
    const chunks = [padded(MAX_BODY_BYTES)];
    expect(await upload({ headers: { "Content-Length": MAX_BODY_BYTES }, chunks })).toMatchObject({
      status: 200,
      message: '{"data":{"upper":"DOG"}}',
    });
  });

  test("one byte more, said in Content-Length, is refused: 413", async () => {
    const chunks = [padded(MAX_BODY_BYTES + 1)];
    expect(await upload({ headers: { "Content-Length": MAX_BODY_BYTES + 1 }, chunks })).toEqual(TOO_LARGE);
  });

  test("a body of chunks within the limit is taken", async () => {
    const chunks = [BODY.slice(0, 5), BODY.slice(5, 20), BODY.slice(20)];
    expect(await upload({ headers: { "Transfer-Encoding": "chunked" }, chunks })).toMatchObject({
      status: 200,
      message: '{"data":{"upper":"DOG"}}',
    });
  });

  test("a body of chunks of just the limit is taken", async () => {
    const text = padded(MAX_BODY_BYTES);
    const chunks = [text.slice(0, 60_000), text.slice(60_000)];
    expect(await upload({ headers: { "Transfer-Encoding": "chunked" }, chunks })).toMatchObject({
      status: 200,
    });
  });

  test("one byte more in chunks is refused: 413", async () => {
    const text = padded(MAX_BODY_BYTES + 1);
    const chunks = [text.slice(0, 60_000), text.slice(60_000)];
    expect(await upload({ headers: { "Transfer-Encoding": "chunked" }, chunks })).toEqual(TOO_LARGE);
  });

  test("a client that asks first is refused before it sends the body", async () => {
    const headers = { Expect: "100-continue", "Content-Length": 3_000_000_000 };
    expect(await upload({ headers })).toEqual(TOO_LARGE);
  });

  test("a client that asks first, and whose body is within the limit, is asked for it", async () => {
    const headers = { Expect: "100-continue", "Content-Length": BODY.length };
    expect(await upload({ headers, chunks: [BODY] })).toMatchObject({
      status: 200,
      message: '{"data":{"upper":"DOG"}}',
      isAskedFor: true,
    });
  });

  test("one that asks first behind another request gets an answer in one piece", async () => {
    const post = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    const page = "GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n";
    // The page is ready, and before the answer to the first request.
    await fetch(`${server.url}/graphql`, { headers: { Accept: "text/html" } });
    const first = `${post}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
    const answer = await raw(`${first}${page}Expect: 100-continue\r\nConnection: close\r\n\r\n`, "latin1");
    const [, length, body] =
      /^content-encoding: gzip\r\n.*?^content-length: (\d+)\r\n.*?\r\n\r\n(.*)$/ims.exec(answer) ?? [
        "",
        "",
        "",
      ];
    expect(answer).toContain('{"data":{"upper":"DOG"}}');
    expect(body?.length).toBe(Number(length));
  });

  test("a client that asks first, and then sends too much in chunks, is refused: 413", async () => {
    const headers = { Expect: "100-continue", "Transfer-Encoding": "chunked" };
    const chunks = [padded(MAX_BODY_BYTES + 1)];
    expect(await upload({ headers, chunks })).toEqual({ ...TOO_LARGE, isAskedFor: true });
  });
});

describe("a body of 200 MB is refused while it comes, and is never in memory", () => {
  const MEBIBYTE = 2 ** 20;
  const SIZE_MIB = 200;
  let folder: string;
  let flags: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jitney-bad-input-"));
    flags = ["--schema", join(folder, "schema.graphql"), "--resolvers", join(folder, "resolvers.js")];
    await writeFile(
      join(folder, "schema.graphql"),
      "type Query { peakMiB: Float! upper(x: String!): String! }",
    );
    await writeFile(
      join(folder, "resolvers.js"),
      `import { batched } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
       const upper = batched((keys) => keys.map(({ x }) => x.toUpperCase()));
       const peakMiB = () => process.resourceUsage().maxRSS / 1024;
       export default { Query: { upper, peakMiB } };`,
    );
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The most memory that the server has had so far. */
  async function peakMiB(url: string): Promise<number> {
    const { body } = await query(url, "{ peakMiB }");
    return Number(body.data?.peakMiB);
  }

  /** Sends all of it, and only then reads: as clients do that are made for servers that take what they get. */
  async function sendAllThenRead(url: string, headers: string, isChunked: boolean): Promise<string> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setEncoding("utf8");
    onTestFinished(() => void socket.destroy());
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    // A connection that is cut off shows in what has come back.
    socket.on("error", () => {});
    socket.pause();
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`,
    );
    const mebibyte = Buffer.alloc(MEBIBYTE, " ");
    for (let sent = 0; sent < SIZE_MIB && !socket.destroyed; sent += 1) {
      if (isChunked) socket.write(`${MEBIBYTE.toString(16)}\r\n`);
      socket.write(mebibyte);
      if (isChunked) socket.write("\r\n");
      if (!socket.writableNeedDrain) continue;
      await Promise.race([new Promise<void>((resolve) => socket.once("drain", () => resolve())), closed]);
    }
    socket.end(isChunked ? "0\r\n\r\n" : "");
    let text = "";
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.resume();
    await closed;
    return text;
  }

  // Not node:http, which sends no more of a body once its answer has begun to come.
  test.each([
    ["said in Content-Length", `Content-Length: ${SIZE_MIB * MEBIBYTE}`, false],
    ["in chunks", "Transfer-Encoding: chunked", true],
  ])("%s, by a client that sees the 413 when it has sent all", async (_how, headers, isChunked) => {
    const jitney = startJitney(flags);
    onTestFinished(async () => {
      await jitney.stop();
    });
    const url = await jitney.url();
    const before = await peakMiB(url);
    const answer = await sendAllThenRead(url, headers, isChunked);
    const grownMiB = (await peakMiB(url)) - before;
    expect(grownMiB).toBeLessThan(SIZE_MIB / 2);
    expect(await upper(url, "cat")).toBe("CAT");
    expect([jitney.stderr, jitney.faults]).toEqual(["", []]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/^content-type: application\/json/im);
    expect(answer).toContain(
      `{"errors":[{"message":"The request body is larger than ${MEBIBYTE} bytes","extensions":{"code":"BODY_TOO_LARGE"}}]}`,
    );
  });

  test.each([
    ["said in Content-Length", { "Content-Length": SIZE_MIB * MEBIBYTE }],
    ["in chunks", { "Transfer-Encoding": "chunked" }],
  ])("%s, by a client that stops when it sees the 413", async (_how, headers) => {
    function* chunks(): Generator<Buffer> {
      const chunk = Buffer.alloc(MEBIBYTE, " ");
      for (let sent = 0; sent < SIZE_MIB; sent += 1) yield chunk;
    }
    expect(await upload({ headers, chunks: chunks() })).toEqual({
      status: 413,
      type: JSON_TYPE,
      message: `The request body is larger than ${MAX_BODY_BYTES} bytes`,
      code: "BODY_TOO_LARGE",
      isAskedFor: false,
    });
  });
});

describe("a client that goes while it sends", () => {
  const HALF = '{"query": "{ upper(x';
  const HEAD = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

  test.each([
    ["with Content-Length", `${HEAD}Content-Length: 500\r\n\r\n${HALF}`],
    ["in chunks", `${HEAD}Transfer-Encoding: chunked\r\n\r\n${HALF.length.toString(16)}\r\n${HALF}\r\n`],
    ["in the middle of its headers", HEAD],
  ])("leaves nothing behind: %s", async (_how, bytes) => {
    const resolvers = { Query: { upper: batched((keys: Keys) => keys.map(({ x }) => x.toUpperCase())) } };
    const typeDefs = "type Query { upper(x: String!): String! }";
    await using own = await serve(typeDefs, resolvers);
    const { hostname, port } = new URL(own.url);
    for (const leave of ["destroy", "end", "resetAndDestroy"] as const) {
      const socket = connect(Number(port), hostname).on("error", () => {});
      onTestFinished(() => void socket.destroy());
      await once(socket, "connect");
      await new Promise((resolve) => socket.write(bytes, resolve));
      // After an answer, the server has begun to read what came before on the other connection.
      expect(await upper(own.url, "cat")).toBe("CAT");
      const closed = once(socket.resume(), "close");
      socket[leave]();
      await closed;
      expect(await upper(own.url, "cat")).toBe("CAT");
    }
    // It would wait for a request in flight.
    const start = performance.now();
    await own.drain();
    expect(performance.now() - start).toBeLessThan(500);
    expect(own.log.faults).toEqual([]);
  });
});
