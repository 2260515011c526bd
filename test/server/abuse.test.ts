// Requests that are legal, or nearly so, and mean harm.

import { once } from "node:events";
import { connect } from "node:net";
import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { query, upper } from "../support/graphql-client.ts";
import { serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { upper(x: String!): String! @batch(maxDelayMs: 1) }";

/** `upper`, whose calls the test ends, and a log of what it was asked. */
function heldUpper() {
  const asked: string[] = [];
  const release = Promise.withResolvers<void>();
  const resolver = batched(async (keys: readonly { x: string }[]) => {
    asked.push(...keys.map(({ x }) => x));
    await release.promise;
    return keys.map(({ x }) => x.toUpperCase());
  });
  return { asked, release: () => release.resolve(), resolvers: { Query: { upper: resolver } } };
}

function quickUpper() {
  return {
    Query: { upper: batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase())) },
  };
}

test("a query of more than 10,000 tokens is refused before any of it is run", async () => {
  await using server = await serve(TYPE_DEFS, quickUpper());
  const aliases = Array.from({ length: 2_000 }, (_, index) => `a${index}: upper(x: $x)`).join(" ");
  const headers = { Accept: "application/graphql-response+json" };
  const text = `query ($x: String!) { ${aliases} }`;
  const { status, body } = await query(server.url, text, { x: "cat" }, { headers });
  expect(status).toBe(400);
  expect(body.errors?.[0]?.message).toContain("more than 10000 tokens");
  expect(server.fields[0]?.batcher.stats().totals.loads).toBe(0);
  expect(await upper(server.url, "cat")).toBe("CAT");
});

test("a server that is to take longer queries takes them", async () => {
  await using server = await serve(TYPE_DEFS, quickUpper(), { maxTokens: 20_000 });
  const aliases = Array.from({ length: 2_000 }, (_, index) => `a${index}: upper(x: $x)`).join(" ");
  const { body } = await query(server.url, `query ($x: String!) { ${aliases} }`, { x: "cat" });
  expect(body.data?.a1999).toBe("CAT");
});

test("an operation that is answered leaves no key behind: nobody waits for it", async () => {
  const { asked, release, resolvers } = heldUpper();
  const limits = { maxQueueSize: 5, maxBatchSize: 100, maxDelayMs: 60_000, timeoutMs: 120_000 };
  await using server = await serve(TYPE_DEFS, resolvers, { limits });
  const aliases = Array.from({ length: 6 }, (_, index) => `a${index}: upper(x: "${index}")`).join(" ");
  // The sixth is refused, and its null takes the others with it.
  expect((await query(server.url, `{ ${aliases} }`)).status).toBe(503);
  expect(server.fields[0]?.batcher.stats()).toMatchObject({ waitingKeys: 0, pendingCallers: 0 });
  expect(asked).toEqual([]);
  expect(server.log.faults).toEqual([]);
  release();
});

test("a body that goes on beyond the limit is not run, even if its beginning would be a request", async () => {
  const { asked, release, resolvers } = heldUpper();
  release();
  await using server = await serve(TYPE_DEFS, resolvers, { maxBodyBytes: 100 });
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1").setEncoding("utf8");
  const beginning = JSON.stringify({ query: '{ upper(x: "cat") }' });
  socket.write("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
  socket.write(`Transfer-Encoding: chunked\r\n\r\n${beginning.length.toString(16)}\r\n${beginning}\r\n`);
  socket.write(`70\r\n${"x".repeat(0x70)}\r\n0\r\n\r\n`);
  const [answer] = await once(socket, "data");
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
  expect(await upper(server.url, "dog")).toBe("DOG");
  expect(asked).toEqual(["dog"]);
});

test.each([
  ["a status that there is not", { status: 9999 }],
  ["a header that there cannot be", { headers: { "x-bad": "a\r\nb: c" } }],
])("an error of the user's that asks for %s is answered all the same", async (_, http) => {
  const resolvers = { Query: { upper: batched(() => [new GraphQLError("no", { extensions: { http } })]) } };
  await using server = await serve(TYPE_DEFS, resolvers);
  const { status } = await query(server.url, '{ upper(x: "cat") }');
  expect(status).toBe(500);
});

test("two requests that were sent in one go are both answered by a server that ends", async () => {
  const { asked, release, resolvers } = heldUpper();
  const server = await serve(TYPE_DEFS, resolvers, { limits: { maxBatchSize: 2, maxDelayMs: 5_000 } });
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1").setEncoding("utf8");
  const requestFor = (x: string): string =>
    `GET /graphql?query=%7Bupper(x:%22${x}%22)%7D HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n`;
  const started = new Promise((resolve) => server.fields[0]?.batcher.events.once("batchStart", resolve));
  socket.write(requestFor("cat") + requestFor("dog"));
  let answers = "";
  socket.on("data", (text) => {
    answers += text;
  });
  await started;
  const drained = server.drain();
  release();
  await Promise.all([drained, once(socket, "close")]);
  expect(asked).toEqual(["cat", "dog"]);
  expect(answers).toContain('{"data":{"upper":"CAT"}}');
  expect(answers).toContain('{"data":{"upper":"DOG"}}');
});

test.each(["a/b", "a?b", "a#b", "a@b", "[::1"])("a Host of %s is a bad request", async (host) => {
  await using server = await serve(TYPE_DEFS, quickUpper());
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1").setEncoding("utf8");
  socket.write(`GET /graphql?query={__typename} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const [answer] = await once(socket, "data");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain("The Host header is no host");
  socket.destroy();
});
