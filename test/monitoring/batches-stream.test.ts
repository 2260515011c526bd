// What who looks at /batches is told: the truth, once, and nothing of anybody's keys.

import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { batched, createBatcher } from "../../src/index.ts";
import type { ShownField } from "../../src/monitoring/batches-page.ts";
import { createBatchesPage } from "../../src/monitoring/batches-page.ts";
import { type BatchesViewer, fetchEvents, look } from "../support/batches-viewer.ts";
import { upper as askUpper } from "../support/graphql-client.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type ServeOptions, serve } from "../support/serve.ts";
import { serveFields } from "../support/serve-fields.ts";

const FIELD = "Query.upper";
const SEED = 20_261_124;

/** What is kept for a viewer that comes back, and what a busy machine takes for that. */
const AFTER_LINGER = { timeout: 12_000, interval: 100 };

/** A server whose batch function keeps a log of its own. */
async function serveUpper(limits = "maxBatchSize: 4, maxDelayMs: 5", options: ServeOptions = {}) {
  const calls: string[][] = [];
  const upper = batched(async (keys: readonly { x: string }[]) => {
    calls.push(keys.map(({ x }) => x));
    await sleep(2);
    return keys.map(({ x }) => x.toUpperCase());
  });
  const typeDefs = `type Query { upper(x: String!): String! @batch(${limits}) }`;
  const server = await serve(typeDefs, { Query: { upper } }, options);
  return Object.assign(server, { calls });
}

/** Requests over HTTP, in gaps of a few milliseconds or none. */
async function drive(url: string, count: number): Promise<void> {
  const random = new SeededRandom(SEED);
  const answers: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    answers.push(askUpper(url, `word-${random.integer(0, count)}`));
    if (random.chance(0.2)) await sleep(random.integer(1, 12));
  }
  await Promise.all(answers);
}

function sizesOf(calls: readonly (readonly string[])[]): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const { length } of calls) sizes.set(length, (sizes.get(length) ?? 0) + 1);
  return sizes;
}

function listenersOf({ batcher: { events } }: ShownField): number {
  return (["batchStart", "batchEnd", "loadEnd"] as const).reduce(
    (sum, name) => sum + events.listenerCount(name),
    0,
  );
}

function upperField(
  maxDelayMs = 1,
): ShownField & { load(key: string, partition?: string): Promise<unknown> } {
  const upper = createBatcher<unknown, unknown>((keys) => keys.map((key) => String(key).toUpperCase()), {
    name: FIELD,
    maxDelayMs,
  });
  const load = (key: string, partition = "") => upper.load(key, { partition });
  return { coordinate: FIELD, batcher: upper, load };
}

function expectSameAs(viewer: BatchesViewer, calls: readonly (readonly string[])[]): void {
  const message = `seed ${SEED}`;
  expect(viewer.sizes(FIELD), message).toEqual(sizesOf(calls));
  expect(viewer.sum(FIELD, "calls"), message).toBe(calls.length);
  expect(viewer.sum(FIELD, "keys"), message).toBe(calls.flat().length);
  expect(viewer.now.get(FIELD)?.totals, message).toMatchObject({
    batches: calls.length,
    batchedKeys: calls.flat().length,
  });
}

const sawAll = (calls: readonly unknown[]) => (viewer: BatchesViewer) =>
  viewer.sum(FIELD, "batches") === calls.length && viewer.now.get(FIELD)?.totals.batches === calls.length;

test("its numbers are those of the batch function's own log", async () => {
  await using server = await serveUpper();
  await using viewer = await look(server.url);
  // In several seconds: what is counted in one must not be in the next.
  for (let round = 0; round < 2; round += 1) {
    await drive(server.url, 200);
    await viewer.sees(sawAll(server.calls));
    expectSameAs(viewer, server.calls);
  }
  expect(viewer.seconds.filter(({ fields }) => (fields[0]?.batches ?? 0) > 0).length).toBeGreaterThan(1);
  const { totals } = viewer.now.get(FIELD) ?? {};
  const shared = 400 - server.calls.flat().length;
  expect(totals).toMatchObject({ loads: 400, shared, answered: 400 });
  const [wait, run, answer] = (["wait", "run", "answer"] as const).map(
    (name) => viewer.now.get(FIELD)?.times[name]?.[0] ?? 0,
  );
  expect(wait).toBeGreaterThan(0);
  expect(run).toBeGreaterThan(1);
  expect(answer).toBeGreaterThan(1);
});

test("who comes later gets the seconds that have passed at once, and then what is new", async () => {
  await using server = await serveUpper();
  await using first = await look(server.url);
  await drive(server.url, 100);
  await first.sees(sawAll(server.calls));
  await using second = await look(server.url);
  await second.sees(({ counts }) => counts.has("seconds"));
  expect(second.counts.get("seconds")).toBe(1);
  expect(second.seconds[0]?.seq).toBe(1);
  expectSameAs(second, server.calls);
  await drive(server.url, 50);
  await Promise.all([first.sees(sawAll(server.calls)), second.sees(sawAll(server.calls))]);
  expectSameAs(second, server.calls);
  expect(second.hello.gathering).toBe(first.hello.gathering);
});

test("who comes back gets what it has missed, once, even where nobody looked meanwhile", async () => {
  await using server = await serveUpper();
  const first = await look(server.url);
  await first.sees(({ seconds }) => seconds.length >= 1);
  await first.leave();
  await drive(server.url, 100);
  await using second = await look(server.url, { lastEventId: first.lastEventId });
  await second.sees(sawAll(server.calls));
  expectSameAs(second, server.calls);
  const seqs = [...first.seconds, ...second.seconds].map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
});

test.each(["", "nonsense", "0:1", ":", "x:99999999999999999999"])(
  "who says that it has had %j gets everything",
  async (lastEventId) => {
    const field = upperField();
    const { url } = await serveFields([field]);
    await using first = await look(url);
    await first.sees(({ seconds }) => seconds.length >= 1);
    await using second = await look(url, { lastEventId });
    await second.sees(({ seconds }) => seconds.length >= 1);
    expect(second.seconds[0]).toEqual(first.seconds[0]);
  },
);

test("what fills and runs is shown while it does, with limits that change", async () => {
  await using server = await serveUpper("maxBatchSize: 3, maxDelayMs: 60000");
  await using viewer = await look(server.url);
  const answers = [askUpper(server.url, "cat"), askUpper(server.url, "dog")];
  await viewer.sees(({ now }) => now.get(FIELD)?.filling?.keys === 2);
  expect(viewer.now.get(FIELD)).toMatchObject({ waitingCallers: 2, runningBatches: 0, running: [] });
  expect(viewer.now.get(FIELD)?.filling?.dueInMs).toBeGreaterThan(50_000);
  server.fields[0]?.batcher.configure({ maxBatchSize: 4, maxDelayMs: 50_000 });
  await viewer.sees(({ now }) => now.get(FIELD)?.limits.maxBatchSize === 4);
  expect(viewer.now.get(FIELD)?.filling?.dueInMs).toBeLessThan(50_000);
  answers.push(askUpper(server.url, "ant"), askUpper(server.url, "bee"));
  expect(await Promise.all(answers)).toEqual(["CAT", "DOG", "ANT", "BEE"]);
  await viewer.sees(({ now }) => now.get(FIELD)?.totals.batches === 1);
});

test("a query behind the address of the page, or of its stream, changes nothing", async () => {
  const { url } = await serveFields([upperField()]);
  for (const path of ["/batches?from=mail", "/batches/main.js?2", "/batches/events?"]) {
    const { status, body } = await fetch(`${url}${path}`);
    await body?.cancel();
    expect([path, status]).toEqual([path, 200]);
  }
});

test("a second in which nothing happened says nothing of the field", async () => {
  const { url } = await serveFields([upperField()]);
  await using viewer = await look(url);
  await viewer.sees(({ seconds }) => seconds.length >= 2);
  expect(viewer.seconds.map(({ fields }) => fields)).toEqual([{}, {}]);
  // And frames in between do not repeat what has not changed.
  expect(viewer.text.split('"totals"').length - 1).toBe(1);
});

test("no key, no value and no name of a partition is told", async () => {
  const field = upperField(600);
  const { url } = await serveFields([field]);
  await using viewer = await look(url);
  const loads = ["secret-key", "other-key"].map((key, index) => field.load(key, `tenant-${index}`));
  await viewer.sees(({ now }) => now.get(FIELD)?.partitions === 2);
  await Promise.all(loads);
  await viewer.sees((seen) => seen.sum(FIELD, "batches") === 2);
  expect(viewer.text).not.toMatch(/secret|other-key|tenant/i);
});

test("nothing is gathered where nobody looks: no listener is left on any batcher", async () => {
  const field = upperField();
  const { url } = await serveFields([field]);
  expect(listenersOf(field)).toBe(0);
  const [one, other] = [await look(url), await look(url)];
  expect(listenersOf(field)).toBe(3);
  await one.leave();
  await field.load("cat");
  await other.sees(({ now }) => now.get(FIELD)?.totals.batches === 1);
  await other.leave();
  await expect.poll(() => listenersOf(field), AFTER_LINGER).toBe(0);
  const { gathering } = other.hello;
  await using later = await look(url, { lastEventId: other.lastEventId });
  expect(later.hello.gathering).not.toBe(gathering);
});

test("who has left before the stream begins, while a token is looked at, say, is nobody who looks", async () => {
  const field = upperField();
  const { url, page, responses } = await serveFields([field], (response) => once(response, "close"));
  const leaving = new AbortController();
  const left = fetch(`${url}/batches/events`, { signal: leaving.signal }).catch(() => "left");
  await vi.waitUntil(() => responses.length === 1);
  leaving.abort();
  expect(await left).toBe("left");
  await vi.waitUntil(() => responses[0]?.destroyed);
  await sleep(100);
  expect(listenersOf(field)).toBe(0);
  page.close();
});

test("answers from the cache make nothing look fast", async () => {
  const upper = createBatcher<unknown, unknown>(
    async (keys) => {
      await sleep(30);
      return keys;
    },
    { name: FIELD, maxDelayMs: 1, shareEqualKeys: true, cache: { maxEntries: 10, ttlMs: 60_000 } },
  );
  const { url } = await serveFields([{ coordinate: FIELD, batcher: upper }]);
  await using viewer = await look(url);
  await upper.load("cat");
  for (let hit = 0; hit < 20; hit += 1) await upper.load("cat");
  await viewer.sees(
    ({ now }) => now.get(FIELD)?.times.answer !== null && now.get(FIELD)?.totals.cacheHits === 20,
  );
  expect(viewer.now.get(FIELD)?.times.answer?.[0]).toBeGreaterThan(25);
});

test("two fields of one name are refused, as one would be shown for both", () => {
  const twice = [upperField(), upperField()];
  expect(() => createBatchesPage(twice)).toThrow(
    `two fields are called ${FIELD}: give each a name of its own`,
  );
});

test("a hundred may look, and one more is told so", async () => {
  const field = upperField();
  const { url } = await serveFields([field]);
  const viewers = await Promise.all(Array.from({ length: 100 }, () => look(url)));
  const refused = await fetchEvents(url);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toBe("100 others look at this page already\n");
  expect(listenersOf(field)).toBe(3);
  await viewers[0]?.leave();
  // The server sees that it has gone a moment later.
  await expect
    .poll(async () => {
      const response = await fetchEvents(url);
      await response.body?.cancel();
      return response.status;
    })
    .toBe(200);
  await Promise.all(viewers.map((viewer) => viewer.leave()));
});

test("who does not read fills no memory, and has every second when it reads again", async () => {
  const fields = Array.from({ length: 400 }, (_, index) => ({
    ...upperField(),
    coordinate: `${FIELD}${index}`,
  }));
  const { url, port, page, responses } = await serveFields(fields);
  const load = setInterval(() => {
    for (const field of fields) void field.load("cat");
  }, 100);
  onTestFinished(() => clearInterval(load));
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  // Not paused after the first bytes, but never read at all.
  socket.pause();
  socket.write("GET /batches/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const isFull = () => responses[0]?.writableNeedDrain;
  await expect.poll(isFull, { timeout: 15_000, interval: 20 }).toBe(true);
  await using other = await look(url);
  await other.sees(({ counts }) => (counts.get("now") ?? 0) > 8);
  // A frame or two, and not those eight.
  expect(responses[0]?.writableLength).toBeLessThan(1_500_000);
  expect(other.text.length).toBeGreaterThan(2_500_000);

  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.resume();
  const seqs = () => [...text.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq));
  const lastSeen = other.seconds.at(-1)?.seq ?? 0;
  await expect.poll(() => seqs().at(-1) ?? 0, { timeout: 15_000 }).toBeGreaterThan(lastSeen);
  expect(seqs()).toEqual(seqs().map((_, index) => index + 1));

  // And nobody waits for it at the end.
  socket.pause();
  await expect.poll(isFull, { timeout: 15_000, interval: 20 }).toBe(true);
  page.close();
  expect(responses.map(({ destroyed, writableEnded }) => destroyed || writableEnded)).toEqual([true, true]);
  expect(responses[0]?.destroyed).toBe(true);
}, 60_000);

test("a server that goes down says so, ends the streams, and waits for nobody who does not read", async () => {
  await using server = await serveUpper();
  const viewer = await look(server.url);
  const silent = connect(Number(new URL(server.url).port), "127.0.0.1");
  onTestFinished(() => void silent.destroy());
  silent.on("error", () => {}).pause();
  silent.write("GET /batches/events HTTP/1.1\r\nHost: x\r\n\r\n");
  const begin = performance.now();
  await server.drain();
  expect(performance.now() - begin).toBeLessThan(2_000);
  await viewer.ended();
  expect(viewer.text.endsWith('event: end\ndata: {"reason":"draining"}\n\n')).toBe(true);
  for (const { batcher } of server.fields) {
    expect(listenersOf({ coordinate: "", batcher })).toBeLessThan(4);
  }
});
