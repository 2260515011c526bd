// Batches in traces, with a real SDK: one span each, and links both ways.

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { context, createContextKey, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_TYPE,
} from "@opentelemetry/semantic-conventions";
import { GraphQLError, graphql } from "graphql";
import { createSchema, createYoga } from "graphql-yoga";
import { expect, test, vi } from "vitest";
import { type BatchedOptions, batched } from "../../src/index.ts";
import { schemaOf } from "../support/schema-of.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { idOf, idsOf, startSDK } from "../support/traces.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

// After the modules of Jitney have been loaded: they find an SDK that comes later.
const traces = startSDK();

interface Key {
  readonly x: string;
}

type Run = (keys: readonly Key[]) => unknown;

let fields = 0;

/** A field of its own name, so that its spans are known by it. */
function fieldOf(run: Run, options: BatchedOptions<Key> = {}) {
  fields += 1;
  const name = `field${fields}`;
  const resolver = batched(run as (keys: readonly Key[]) => string[], options);
  const schema = schemaOf(`type Query { ${name}(x: String!): String }`, { Query: { [name]: resolver } });
  return {
    name,
    schema,
    /** One operation in a span of its own, with these keys as aliases. */
    ask: (span: string, ...xs: readonly string[]) =>
      traces.inSpan(span, () =>
        graphql({ schema, source: `{ ${xs.map((x, at) => `a${at}: ${name}(x: "${x}")`).join(" ")} }` }),
      ),
    batches: () => traces.spans(`batch Query.${name}`),
  };
}

const upper: Run = (keys) => keys.map(({ x }) => x.toUpperCase());

function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`${items.length} where one is expected`);
  return item;
}

test("a batch is one span, linked with the span of each request that it serves, both ways", async () => {
  const field = fieldOf(upper, { maxBatchSize: 3 });
  await Promise.all([field.ask("alice 1", "cat"), field.ask("bob 1", "dog"), field.ask("carol 1", "cow")]);
  const batch = only(field.batches());
  const requests = ["alice 1", "bob 1", "carol 1"].map((name) => only(traces.spans(name)));
  expect(idsOf(batch.links)).toEqual(requests.map(idOf).sort());
  for (const request of requests) expect(idsOf(request.links)).toEqual([idOf(batch)]);
});

test("the span says what batch it is, and the links how long was waited", async () => {
  const field = fieldOf(upper, {
    maxBatchSize: 2,
    maxDelayMs: 60_000,
    partitionBy: () => "north",
    timeoutMs: 90_000,
  });
  const early = field.ask("early", "cat");
  await setTimeout(12);
  await Promise.all([early, field.ask("late", "dog")]);
  const batch = only(field.batches());
  expect(batch.attributes).toEqual({
    "jitney.field": `Query.${field.name}`,
    "jitney.batch.id": `${field.name}#1`,
    "jitney.batch.size": 2,
    "jitney.batch.release_reason": "size",
    "jitney.batch.wait_ms": expect.any(Number),
    "jitney.partition": "north",
    "jitney.batch.outcome": "answered",
    "jitney.batch.calls": 1,
    "jitney.batch.failed_keys": 0,
  });
  const [first, second] = batch.links.map(({ attributes }) => Number(attributes?.["jitney.wait_ms"]));
  expect(first).toBeGreaterThanOrEqual(11);
  expect(first).toBe(batch.attributes["jitney.batch.wait_ms"]);
  expect(second).toBeLessThan(Number(first));
  const back = only(only(traces.spans("early")).links).attributes;
  expect(back).toEqual({
    "jitney.field": `Query.${field.name}`,
    "jitney.batch.id": `${field.name}#1`,
    "jitney.wait_ms": first,
  });
});

test("a request with many keys in a batch is linked with it once", async () => {
  const field = fieldOf(upper, { maxBatchSize: 4 });
  await Promise.all([field.ask("many", "a", "b", "c"), field.ask("one", "d")]);
  expect(only(field.batches()).links).toHaveLength(2);
  expect(only(traces.spans("many")).links).toHaveLength(1);
});

test("of several keys of a request in a batch, the links say the longest wait, also where one is shared", async () => {
  const clock = new VirtualClock();
  const field = fieldOf(upper, { maxBatchSize: 3, maxDelayMs: 1_000, clock });
  const older = field.ask("older", "shared");
  await clock.advance(1);
  await traces.inSpan("mine", async () => {
    const own = graphql({ schema: field.schema, source: `{ ${field.name}(x: "own") }` });
    await clock.advance(11);
    const shared = graphql({ schema: field.schema, source: `{ ${field.name}(x: "shared") }` });
    await clock.advance(2);
    await Promise.all([own, shared, older, field.ask("last", "last")]);
  });
  const waits = only(field.batches()).links.map(({ attributes }) => attributes?.["jitney.wait_ms"]);
  expect(waits).toEqual([14, 13, 0]);
  expect(only(only(traces.spans("mine")).links).attributes?.["jitney.wait_ms"]).toBe(13);
});

test("a request that joins a key while it is computed is linked, too, and had not waited", async () => {
  const release = Promise.withResolvers<void>();
  const field = fieldOf(
    async (keys) => {
      await release.promise;
      return upper(keys);
    },
    { maxBatchSize: 1 },
  );
  const first = field.ask("first", "a");
  await setTimeout(5);
  const joined = field.ask("joined", "a", "a");
  await setTimeout(5);
  release.resolve();
  await Promise.all([first, joined]);
  const batch = only(field.batches());
  expect(idsOf(batch.links)).toEqual(
    [only(traces.spans("first")), only(traces.spans("joined"))].map(idOf).sort(),
  );
  expect(batch.links[1]?.attributes).toEqual({ "jitney.wait_ms": 0 });
  expect(idsOf(only(traces.spans("joined")).links)).toEqual([idOf(batch)]);
});

test("links of many requests, counted both ways", async () => {
  const random = new SeededRandom(17);
  const field = fieldOf(upper, { maxBatchSize: 16, maxDelayMs: 3 });
  const requests = Array.from({ length: 300 }, async (_, at) => {
    await setTimeout(random.next() * 60);
    const xs = Array.from(
      { length: 1 + Math.floor(random.next() * 3) },
      () => `${Math.floor(random.next() * 150)}`,
    );
    await field.ask(`many ${at}`, ...xs);
    return only(traces.spans(`many ${at}`));
  });
  const asked = await Promise.all(requests);
  const pairs = (spans: readonly ReadableSpan[], turn: (from: string, to: string) => string) =>
    spans.flatMap((span) => idsOf(span.links).map((id) => turn(idOf(span), id))).sort();
  const forth = pairs(field.batches(), (batch, request) => `${batch} ${request}`);
  const back = pairs(asked, (request, batch) => `${batch} ${request}`);
  expect(forth).toEqual(back);
  expect(new Set(forth).size).toBe(forth.length);
  for (const request of asked) expect(request.links.length).toBeGreaterThan(0);
});

test("a batch is a trace of its own, and what its batch function does is in it", async () => {
  const seen: (string | undefined)[] = [];
  const field = fieldOf(
    async (keys) => {
      await setTimeout(1);
      const active = trace.getActiveSpan();
      seen.push(active && idOf(active));
      return await traces.inSpan("multi-get", async () => upper(keys));
    },
    { maxBatchSize: 2 },
  );
  await Promise.all([field.ask("alice 2", "a"), field.ask("bob 2", "b")]);
  const batch = only(field.batches());
  const query = only(traces.spans("multi-get"));
  expect(batch.parentSpanContext).toBeUndefined();
  expect(seen).toEqual([idOf(batch)]);
  expect(query.parentSpanContext?.spanId).toBe(idOf(batch));
  const ids = [batch, ...traces.spans("alice 2"), ...traces.spans("bob 2")].map(
    (span) => span.spanContext().traceId,
  );
  expect(new Set(ids).size).toBe(3);
});

test("nothing of one request's context is in the batch, or in another request", async () => {
  const user = createContextKey("user");
  const seen: unknown[] = [];
  const field = fieldOf(
    async (keys) => {
      seen.push(context.active().getValue(user), propagation.getActiveBaggage());
      await setTimeout(1);
      seen.push(context.active().getValue(user), propagation.getActiveBaggage());
      return upper(keys);
    },
    { maxBatchSize: 2 },
  );
  const ask = (name: string) => {
    const baggage = propagation.createBaggage({ tenant: { value: name } });
    const own = propagation.setBaggage(context.active().setValue(user, name), baggage);
    return context.with(own, async () => {
      await field.ask(name, name);
      return [context.active().getValue(user), propagation.getActiveBaggage()?.getEntry("tenant")?.value];
    });
  };
  expect(await Promise.all([ask("dave"), ask("erin")])).toEqual([
    ["dave", "dave"],
    ["erin", "erin"],
  ]);
  expect(seen).toEqual([undefined, undefined, undefined, undefined]);
});

test("the span of a batch that failed says so, with what was thrown", async () => {
  const field = fieldOf(
    () => {
      throw new RangeError("too much");
    },
    { maxBatchSize: 2, isolateFailures: true },
  );
  await Promise.all([field.ask("x", "a"), field.ask("y", "b")]);
  const batch = only(field.batches());
  expect(batch.status.code).toBe(SpanStatusCode.ERROR);
  expect(batch.attributes).toMatchObject({
    [ATTR_ERROR_TYPE]: "RangeError",
    "jitney.batch.outcome": "failed",
    "jitney.batch.calls": 3,
    "jitney.batch.failed_keys": 2,
  });
  const exception = only(batch.events);
  expect(exception.name).toBe("exception");
  expect(exception.attributes).toMatchObject({
    [ATTR_EXCEPTION_TYPE]: "RangeError",
    [ATTR_EXCEPTION_MESSAGE]: "too much",
  });
});

test.each([
  ["has a name that throws", "_OTHER", (error: Error) => Object.defineProperty(error, "name", { get: oops })],
  ["has a name that is no string", "_OTHER", (error: Error) => Object.assign(error, { name: Symbol("no") })],
  ["has no name", "_OTHER", (error: Error) => Object.assign(error, { name: "" })],
  [
    "has a code that is no text",
    "Error",
    (error: Error) => Object.assign(error, { code: Object.create(null) }),
  ],
  [
    "has a message that throws",
    "Error",
    (error: Error) => Object.defineProperty(error, "message", { get: oops }),
  ],
])("the span of a batch whose error %s ends, and says that it failed", async (_, type, spoil) => {
  const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const field = fieldOf(
    () => {
      throw spoil(new Error("spoiled"));
    },
    { maxBatchSize: 1 },
  );
  await field.ask("spoiled", "a");
  emitWarning.mockRestore();
  const batch = only(field.batches());
  expect(batch.status.code).toBe(SpanStatusCode.ERROR);
  expect(batch.attributes).toMatchObject({ [ATTR_ERROR_TYPE]: type, "jitney.batch.outcome": "failed" });
});

function oops(): never {
  throw new Error("oops");
}

test("the span of a batch with keys that failed counts them, and is none that failed", async () => {
  const field = fieldOf((keys) => keys.map(({ x }) => (x === "a" ? new GraphQLError("no a") : x)), {
    maxBatchSize: 2,
  });
  await field.ask("z", "a", "b");
  const batch = only(field.batches());
  expect(batch.status.code).toBe(SpanStatusCode.UNSET);
  expect(batch.attributes).toMatchObject({
    "jitney.batch.outcome": "answered",
    "jitney.batch.failed_keys": 1,
  });
});

test("the spans are of Jitney, in its version", async () => {
  const field = fieldOf(upper, { maxBatchSize: 1 });
  await field.ask("versioned", "a");
  const { version } = createRequire(import.meta.url)("../../package.json");
  expect(only(field.batches()).instrumentationScope).toMatchObject({ name: "jitney", version });
});

test("a batch that nobody in a span waits for is a span, too", async () => {
  const field = fieldOf(upper, { maxBatchSize: 1 });
  await graphql({ schema: field.schema, source: `{ ${field.name}(x: "a") }` });
  expect(only(field.batches()).links).toEqual([]);
});

test("no span holds a key or a value", async () => {
  const field = fieldOf(upper, { maxBatchSize: 2 });
  await Promise.all([field.ask("p", "secret one"), field.ask("q", "secret two")]);
  const spans = [...field.batches(), ...traces.spans("p"), ...traces.spans("q")];
  const shown = spans.map(({ name, attributes, links, events }) =>
    JSON.stringify([name, attributes, links, events]),
  );
  expect(shown.join("").toLowerCase()).not.toContain("secret");
});

test("over HTTP: requests of several clients are linked with the batch that they share", async () => {
  const resolvers = {
    Query: { upper: batched(upper as (keys: readonly Key[]) => string[], { maxBatchSize: 2 }) },
  };
  const schema = createSchema({ typeDefs: "type Query { upper(x: String!): String }", resolvers });
  const yoga = createYoga({ schema, logging: false });
  const server = createServer(
    (request, response) =>
      void traces.inSpan("POST /graphql", async () => {
        const closed = once(response, "close");
        await yoga(request, response);
        await closed;
      }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ask = async (x: string) => {
    const body = JSON.stringify({ query: `{ upper(x: "${x}") }` });
    const headers = { "content-type": "application/json" };
    return await (await fetch(`http://127.0.0.1:${port}/graphql`, { method: "POST", headers, body })).json();
  };
  try {
    expect(await Promise.all([ask("cat"), ask("dog")])).toEqual([
      { data: { upper: "CAT" } },
      { data: { upper: "DOG" } },
    ]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await expect.poll(() => traces.spans("POST /graphql").length).toBe(2);
  const batch = only(traces.spans("batch Query.upper"));
  const requests = traces.spans("POST /graphql");
  expect(idsOf(batch.links)).toEqual(requests.map(idOf).sort());
  expect(requests.map(({ links }) => idsOf(links))).toEqual([[idOf(batch)], [idOf(batch)]]);
});
