// What begins and ends with a server, and what it must not hold up.

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { expect, test } from "vitest";
import { type BatchEnded, batched } from "../../src/index.ts";
import { query, upper } from "../support/graphql-client.ts";
import { serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { upper(x: String!): String! @batch(maxDelayMs: 1) }";

const upperResolver = () => batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));

test("resolvers can be served again after the server before has ended", async () => {
  const resolvers = { Query: { upper: upperResolver() } };
  for (const word of ["first", "second"]) {
    await using server = await serve(TYPE_DEFS, resolvers);
    expect(await upper(server.url, word)).toBe(word.toUpperCase());
  }
});

test("a server that ends takes nothing from another with the same resolvers", async () => {
  const resolvers = { Query: { upper: upperResolver() } };
  const one = await serve(TYPE_DEFS, resolvers);
  await using other = await serve(TYPE_DEFS, resolvers);
  await one.drain();
  expect(await upper(other.url, "cat")).toBe("CAT");
});

test("the log says why a batch failed, down to the first cause", async () => {
  const failing = batched(() =>
    Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })),
  );
  await using server = await serve(TYPE_DEFS, { Query: { upper: failing } });
  await query(server.url, '{ upper(x: "cat") }');
  expect(server.log.faults).toMatchObject([
    { err: { type: "TypeError", message: "fetch failed", cause: { message: "ECONNREFUSED" } } },
  ]);
});

test("the log shows what was thrown that is no Error", async () => {
  const failing = batched(() => Promise.reject({ status: 418 }));
  await using server = await serve(TYPE_DEFS, { Query: { upper: failing } });
  await query(server.url, '{ upper(x: "cat") }');
  expect(server.log.faults).toMatchObject([{ err: { cause: { message: "{ status: 418 }" } } }]);
});

test("an input object that holds a list of itself, and one of which one field is given, can be served", async () => {
  const typeDefs = `
    input Tree { children: [Tree!]! }
    input Either @oneOf { a: Int b: Int }
    type Query { depth(tree: Tree!, either: Either!): Int! @batch(maxDelayMs: 1) }
  `;
  const depth = batched((keys: readonly object[]) => keys.map((_, index) => index));
  await using server = await serve(typeDefs, { Query: { depth } });
  const page = await (await fetch(`${server.url}/graphql`, { headers: { Accept: "text/html" } })).text();
  const example = "depth(tree: { children: [{ children: [] }] }, either: { a: 1 })";
  expect(page).toContain(example);
  expect((await query(server.url, `{ ${example} }`)).body).toEqual({ data: { depth: 0 } });
});

test("a subscription does not hold up the end", async () => {
  const typeDefs = `${TYPE_DEFS} type Subscription { ticks: Int! }`;
  async function* ticks(): AsyncGenerator<{ ticks: number }> {
    yield { ticks: 1 };
    await new Promise(() => {});
  }
  const resolvers = { Query: { upper: upperResolver() }, Subscription: { ticks: { subscribe: ticks } } };
  const server = await serve(typeDefs, resolvers, { drainTimeoutMs: 60_000 });
  const subscription = httpRequest(`${server.url}/graphql?query=subscription{ticks}`, {
    headers: { Accept: "text/event-stream" },
  }).end();
  const [response] = await once(subscription, "response");
  const closed = new Promise((resolve) => response.on("error", () => {}).once("close", resolve));
  const [chunk] = await once(response.setEncoding("utf8"), "data");
  expect(chunk).toContain(":");
  await server.drain();
  await closed;
});

test("what does not stop is given up within drainTimeoutMs, its grace included", async () => {
  const hanging = batched(() => new Promise<string[]>(() => {}));
  const server = await serve(TYPE_DEFS, { Query: { upper: hanging } }, { drainTimeoutMs: 400 });
  const started = new Promise((resolve) => server.fields[0]?.batcher.events.once("batchStart", resolve));
  const answer = query(server.url, '{ upper(x: "cat") }');
  await started;
  const before = performance.now();
  await server.drain();
  // The grace of 5 s, which is the default, is cut to half of the time-out.
  expect(performance.now() - before).toBeLessThan(3_000);
  expect((await answer).body.errors?.[0]?.extensions?.code).toBe("BATCH_SHUTTING_DOWN");
});

test("a key of many thousand characters is computed for each of its callers, and no text of it is kept", async () => {
  const batches: BatchEnded[] = [];
  const lengths = batched((keys: readonly { xs: readonly string[] }[]) => keys.map(({ xs }) => xs.length));
  const typeDefs = "type Query { length(xs: [String!]!): Int! @batch(maxBatchSize: 2, maxDelayMs: 1000) }";
  await using server = await serve(typeDefs, { Query: { length: lengths } });
  server.fields[0]?.batcher.events.on("batchEnd", (batch) => batches.push(batch));
  const text = "query ($x: String!) { a: length(xs: [$x, $x, $x]) b: length(xs: [$x, $x, $x]) }";
  const { body } = await query(server.url, text, { x: "x".repeat(10_000) });
  expect(body).toEqual({ data: { a: 3, b: 3 } });
  expect(batches.map(({ size, reason }) => [size, reason])).toEqual([[2, "size"]]);
});
