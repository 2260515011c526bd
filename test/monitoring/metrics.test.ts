// What /metrics says after loads that are known, over real HTTP: it agrees with what the batch functions saw.

import { Registry } from "prom-client";
import { expect, onTestFailed, test, vi } from "vitest";
import { type BatchEnded, batched, createBatcher, type LoadEnded } from "../../src/index.ts";
import { collectMetrics } from "../../src/monitoring/metrics.ts";
import { query, upper } from "../support/graphql-client.ts";
import { parseMetrics, type Scrape } from "../support/metrics-text.ts";
import { bucketsOf, scrape } from "../support/scrape.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const UPPER = { field: "Query.upper" };
const ALL_OUTCOMES = {
  answered: 0,
  failed: 0,
  left: 0,
  refused: 0,
  rejected: 0,
  shut_out: 0,
  timed_out: 0,
  too_heavy: 0,
};

/** `upper`, whose calls are kept; a word that begins with "bad" makes its whole call fail. */
async function serveUpper(options: ServeOptions & { readonly field?: object } = {}) {
  const { field = {}, ...serveOptions } = options;
  const calls: string[][] = [];
  const gate = { isShut: false, open: Promise.withResolvers<void>() };
  const resolver = batched(async (keys: readonly { x: string }[]) => {
    calls.push(keys.map(({ x }) => x));
    if (gate.isShut) await gate.open.promise;
    if (keys.some(({ x }) => x.startsWith("bad"))) throw new Error("a bad word");
    return keys.map(({ x }) => x.toUpperCase());
  }, field);
  const server = await serve(
    "type Query { upper(x: String!): String! @batch(maxBatchSize: 4, maxDelayMs: 20) }",
    { Query: { upper: resolver } },
    serveOptions,
  );
  const [bound] = server.fields;
  if (bound === undefined) throw new Error("no batched field");
  return Object.assign(server, { calls, gate, batcher: bound.batcher });
}

/** With the values that have been waited for. */
async function scrapeWhen(url: string, holds: (scrape: Scrape) => void): Promise<Scrape> {
  return await vi.waitFor(async () => {
    const found = await scrape(url);
    holds(found);
    return found;
  });
}

test("before the first request every series is there, with 0", async () => {
  await using server = await serveUpper();
  const found = await scrape(server.url);
  expect(found.by("outcome", "jitney_keys_total", UPPER)).toEqual(ALL_OUTCOMES);
  expect(found.by("reason", "jitney_batches_total", UPPER)).toEqual({
    size: 0,
    weight: 0,
    delay: 0,
    urgent: 0,
    drain: 0,
  });
  expect(found.by("outcome", "jitney_batch_outcomes_total", UPPER)).toEqual({
    answered: 0,
    failed: 0,
    aborted: 0,
    abandoned: 0,
  });
  for (const { name, type } of found.families.values()) {
    if (!name.startsWith("jitney_")) continue;
    const ofField = found.series.filter((series) => series.name.startsWith(name) && series.labels.field);
    const isThere = name !== "jitney_build_info" && name !== "jitney_max_batch_weight";
    expect(ofField.length > 0, name).toBe(isThere);
    if (type === "histogram") expect(found.histogram(name, UPPER)).toMatchObject({ count: 0, sum: 0 });
  }
});

test("histograms and counters agree with a known load", async () => {
  const seed = Date.now() % 2 ** 32;
  onTestFailed(() => console.error(`seed ${seed}`));
  const random = new SeededRandom(seed);
  await using server = await serveUpper();
  const batches: BatchEnded[] = [];
  const loads: LoadEnded[] = [];
  server.batcher.events.on("batchEnd", (batch) => batches.push(batch));
  server.batcher.events.on("loadEnd", (load) => loads.push(load));
  let asked = 0;
  const start = performance.now();
  for (let turn = 0; turn < 40; turn += 1) {
    // Few words, so that some are shared; few at a time, so that some batches are not full.
    const words = Array.from({ length: random.integer(1, 9) }, () => `word${random.integer(1, 12)}`);
    asked += words.length;
    const answers = await Promise.all(words.map((word) => upper(server.url, word)));
    expect(answers).toEqual(words.map((word) => word.toUpperCase()));
  }
  const elapsedSeconds = (performance.now() - start) / 1_000;

  const found = await scrapeWhen(server.url, (now) => {
    expect(now.value("jitney_batch_outcomes_total", { outcome: "answered" })).toBe(server.calls.length);
  });
  const sizes = server.calls.map((keys) => keys.length);
  const computed = sizes.reduce((sum, size) => sum + size, 0);
  const size = found.histogram("jitney_batch_size", UPPER);
  expect(size).toEqual({
    count: sizes.length,
    sum: computed,
    buckets: bucketsOf(sizes, Object.keys(size.buckets)),
  });
  expect(Object.keys(size.buckets).join()).toBe("1,2,4,8,16,32,64,128,256,512,1024,+Inf");

  const observed = {
    jitney_batch_wait_seconds: batches.map(({ waitMs }) => waitMs / 1_000),
    jitney_batch_run_seconds: batches.map(({ runMs }) => runMs / 1_000),
    jitney_key_duration_seconds: loads.map(({ durationMs }) => durationMs / 1_000),
  };
  for (const [name, seconds] of Object.entries(observed)) {
    const { count, sum, buckets } = found.histogram(name, UPPER);
    expect(count, name).toBe(seconds.length);
    expect(sum, name).toBeCloseTo(
      seconds.reduce((total, one) => total + one, 0),
      9,
    );
    expect(buckets, name).toEqual(bucketsOf(seconds, Object.keys(buckets)));
    expect(sum / count, name).toBeLessThan(elapsedSeconds);
  }
  expect(found.value("jitney_key_duration_seconds_count")).toBe(asked);
  // Each waited for its batch, and for its run.
  expect(found.value("jitney_batch_wait_seconds_sum")).toBeLessThan(
    found.value("jitney_key_duration_seconds_sum"),
  );

  expect(found.by("outcome", "jitney_keys_total", UPPER)).toEqual({ ...ALL_OUTCOMES, answered: asked });
  expect(found.value("jitney_shared_keys_total", UPPER)).toBe(asked - computed);
  const full = sizes.filter((one) => one === 4).length;
  expect(full).toBeGreaterThan(0);
  expect(found.by("reason", "jitney_batches_total", UPPER)).toEqual({
    size: full,
    weight: 0,
    delay: sizes.length - full,
    urgent: 0,
    drain: 0,
  });
});

test("a key that makes its batch fail: it alone fails, and the calls that found it are counted", async () => {
  await using server = await serveUpper({
    limits: { maxBatchSize: 4, maxDelayMs: 60_000, timeoutMs: 120_000 },
  });
  const words = ["a", "b", "bad", "c"];
  await Promise.all(words.map((x) => query(server.url, `{ upper(x: "${x}") }`)));
  const found = await scrapeWhen(server.url, (now) => {
    expect(now.value("jitney_batch_outcomes_total", { outcome: "failed" })).toBe(1);
  });
  expect(found.by("outcome", "jitney_keys_total")).toEqual({ ...ALL_OUTCOMES, answered: 3, failed: 1 });
  expect(server.calls.length).toBeGreaterThan(1);
  expect(found.value("jitney_isolation_retries_total")).toBe(server.calls.length - 1);
  expect(found.histogram("jitney_batch_size")).toMatchObject({ count: 1, sum: 4 });
  expect(found.value("jitney_batch_run_seconds_count")).toBe(1);
  expect(found.value("jitney_key_duration_seconds_count")).toBe(4);
});

test("the refused are counted, and do not make the answered look fast", async () => {
  await using server = await serveUpper({ limits: { maxQueueSize: 4, maxBatchSize: 100, maxDelayMs: 300 } });
  const words = Array.from({ length: 10 }, (_, index) => `word${index}`);
  const answers = await Promise.all(words.map((x) => query(server.url, `{ upper(x: "${x}") }`)));
  const refused = answers.filter(({ status }) => status === 503).length;
  expect(refused).toBe(6);
  const found = await scrape(server.url);
  expect(found.by("outcome", "jitney_keys_total")).toEqual({ ...ALL_OUTCOMES, answered: 4, refused });
  const { count, buckets } = found.histogram("jitney_key_duration_seconds");
  expect([count, buckets["0.2048"]]).toEqual([4, 0]);
});

test("who times out, and who leaves, is counted with the time that it took", async () => {
  await using server = await serveUpper({ limits: { maxBatchSize: 1, timeoutMs: 250, abortGraceMs: 0 } });
  server.gate.isShut = true;
  expect((await query(server.url, '{ upper(x: "late") }')).status).toBe(504);
  const leaver = new AbortController();
  const words = ["left", "gone"];
  const left = words.map((x) =>
    query(server.url, `{ upper(x: "${x}") }`, {}, { signal: leaver.signal }).catch(() => "left"),
  );
  await vi.waitFor(() => expect(server.calls.flat()).toEqual(expect.arrayContaining(words)));
  leaver.abort();
  expect(await Promise.all(left)).toEqual(["left", "left"]);
  const found = await scrapeWhen(server.url, (now) => {
    const ended = now.by("outcome", "jitney_batch_outcomes_total");
    expect((ended.aborted ?? 0) + (ended.abandoned ?? 0)).toBe(3);
  });
  expect(found.by("outcome", "jitney_keys_total")).toEqual({ ...ALL_OUTCOMES, timed_out: 1, left: 2 });
  const { count, buckets } = found.histogram("jitney_key_duration_seconds");
  expect([count, buckets["0.2048"], buckets["0.8192"]]).toEqual([3, 2, 3]);
  server.gate.open.resolve();
});

test("a batch that everyone leaves as it starts has not run", async () => {
  await using server = await serveUpper();
  const leaver = new AbortController();
  server.batcher.events.once("batchStart", () => leaver.abort());
  await expect(server.batcher.load({ x: "cat" }, { signal: leaver.signal })).rejects.toThrow();
  const found = await scrapeWhen(server.url, (now) => {
    expect(now.value("jitney_batch_outcomes_total", { outcome: "aborted" })).toBe(1);
  });
  expect(server.calls).toEqual([]);
  expect(found.value("jitney_batch_size_count")).toBe(1);
  expect(found.value("jitney_batch_run_seconds_count")).toBe(0);
});

test("a key that is too heavy is counted; a batch that is full by weight has left for that", async () => {
  const field = { weigh: ({ x }: { x: string }) => x.length, maxBatchWeight: 6, maxDelayMs: 60_000 };
  await using server = await serveUpper({ field, limits: { maxDelayMs: 60_000, timeoutMs: 120_000 } });
  expect((await query(server.url, '{ upper(x: "1234567") }')).status).toBe(413);
  await Promise.all(["abc", "def"].map((word) => upper(server.url, word)));
  const found = await scrape(server.url);
  expect(found.by("outcome", "jitney_keys_total")).toEqual({ ...ALL_OUTCOMES, answered: 2, too_heavy: 1 });
  expect(found.value("jitney_batches_total", { reason: "weight" })).toBe(1);
  expect(found.value("jitney_max_batch_weight")).toBe(6);
  expect(found.value("jitney_key_duration_seconds_count")).toBe(2);
});

test("answers from the cache are counted, and are not in the histogram", async () => {
  await using server = await serveUpper({ field: { cache: { maxEntries: 10, ttlMs: 60_000 } } });
  for (let turn = 0; turn < 5; turn += 1) await upper(server.url, "cat");
  const found = await scrape(server.url);
  expect(found.value("jitney_cache_hits_total")).toBe(4);
  expect(found.by("outcome", "jitney_keys_total")).toEqual({ ...ALL_OUTCOMES, answered: 5 });
  expect(found.value("jitney_key_duration_seconds_count")).toBe(1);
});

test("limits are those that hold now", async () => {
  await using server = await serveUpper();
  const limitsNow = async () => {
    const found = await scrape(server.url);
    const names = ["max_batch_size", "max_delay_seconds", "concurrency", "max_queue_size", "timeout_seconds"];
    return names.map((name) => found.value(`jitney_${name}`, UPPER));
  };
  expect(await limitsNow()).toEqual([4, 0.02, 4, 10_000, 30]);
  expect((await scrape(server.url)).all("jitney_max_batch_weight")).toEqual([]);
  server.batcher.configure({
    maxBatchSize: 64,
    maxDelayMs: 2.5,
    concurrency: 2,
    maxQueueSize: 500,
    timeoutMs: 1_500,
    maxBatchWeight: 7.5,
  });
  expect(await limitsNow()).toEqual([64, 0.0025, 2, 500, 1.5]);
  expect((await scrape(server.url)).value("jitney_max_batch_weight")).toBe(7.5);
  server.batcher.configure({ maxBatchWeight: Infinity });
  expect((await scrape(server.url)).all("jitney_max_batch_weight")).toEqual([]);
});

test("while 10,000 keys wait, a scrape is quick and says so; running batches are told from waiting keys", async () => {
  await using server = await serveUpper({
    limits: { concurrency: 1, maxBatchSize: 100, maxDelayMs: 20_000 },
  });
  server.gate.isShut = true;
  const loads = Array.from({ length: 10_000 }, (_, index) => server.batcher.load({ x: `word${index}` }));
  const start = performance.now();
  const found = await scrape(server.url);
  expect(performance.now() - start).toBeLessThan(500);
  expect(found.value("jitney_waiting_keys")).toBe(9_900);
  expect(found.value("jitney_waiting_callers")).toBe(9_900);
  expect(found.value("jitney_pending_callers")).toBe(10_000);
  expect(found.value("jitney_running_batches")).toBe(1);
  expect(found.value("jitney_partitions")).toBe(1);
  server.gate.open.resolve();
  await Promise.all(loads);
  const after = await scrape(server.url);
  expect(after.value("jitney_waiting_keys") + after.value("jitney_running_batches")).toBe(0);
  expect(after.histogram("jitney_batch_size")).toMatchObject({ count: 100, sum: 10_000 });
});

test("counters never go down, histograms neither, and nothing that happens between scrapes is lost", async () => {
  await using server = await serveUpper();
  let isDone = false;
  const load = Promise.all(
    Array.from({ length: 8 }, async (_, client) => {
      for (let turn = 0; turn < 50; turn += 1) await upper(server.url, `word${client}-${turn}`);
    }),
  ).finally(() => {
    isDone = true;
  });
  const scrapes: Scrape[] = [];
  while (!isDone) {
    // Two at a time, as from two Prometheus.
    scrapes.push(...(await Promise.all([scrape(server.url), scrape(server.url)])));
  }
  await load;
  expect(scrapes.length).toBeGreaterThan(5);
  scrapes.push(await scrape(server.url));
  let before: ReadonlyMap<string, number> = new Map();
  for (const [index, { families }] of scrapes.entries()) {
    const counted = [...families.values()].filter(({ type }) => type === "counter" || type === "histogram");
    const now = new Map(
      counted.flatMap(({ series }) =>
        series.map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]),
      ),
    );
    // Those that were asked for together may be answered in any order.
    if (index % 2 === 0) {
      for (const [series, value] of before) expect(now.get(series), series).toBeGreaterThanOrEqual(value);
      before = now;
    }
  }
  for (const found of scrapes) {
    // What one scrape says is of one moment.
    const { count, sum } = found.histogram("jitney_batch_size");
    const batches = Object.values(found.by("reason", "jitney_batches_total", UPPER));
    expect(count).toBe(batches.reduce((all, one) => all + one, 0));
    expect(found.value("jitney_key_duration_seconds_count")).toBe(
      found.value("jitney_keys_total", { outcome: "answered" }),
    );
    expect(sum).toBeGreaterThanOrEqual(found.value("jitney_key_duration_seconds_count"));
  }
  expect(scrapes.at(-1)?.value("jitney_keys_total", { outcome: "answered" })).toBe(400);
  expect(scrapes.at(-1)?.value("jitney_key_duration_seconds_count")).toBe(400);
});

test("neither keys nor values nor partitions are told", async () => {
  const partitionBy = (_: unknown, { x }: { x: string }) => `tenant-${x}`;
  await using server = await serveUpper({ field: { partitionBy } });
  await Promise.all(["hunter2", "bad-hunter3"].map((x) => query(server.url, `{ upper(x: "${x}") }`)));
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).not.toMatch(/hunter|tenant/i);
  expect(parseMetrics(text).value("jitney_batch_size_count")).toBe(2);
});

test("two servers in one process count for themselves", async () => {
  await using one = await serveUpper();
  await using other = await serveUpper();
  await Promise.all(["a", "b", "c"].map((word) => upper(one.url, word)));
  const [ofOne, ofOther] = await Promise.all([scrape(one.url), scrape(other.url)]);
  expect(ofOne.by("outcome", "jitney_keys_total")).toEqual({ ...ALL_OUTCOMES, answered: 3 });
  expect(ofOther.by("outcome", "jitney_keys_total")).toEqual(ALL_OUTCOMES);
  expect(ofOther.histogram("jitney_batch_size")).toMatchObject({ count: 0, sum: 0 });
});

test("two fields of one name are refused, as their numbers would be added up", () => {
  const batcher = createBatcher<unknown, unknown>((keys) => keys);
  const fields = [batcher, batcher].map((each) => ({ coordinate: "words", batcher: each }));
  expect(() => collectMetrics(fields, { registry: new Registry() })).toThrow(
    "two fields are called words: give each a name of its own",
  );
});

test("in a registry of one's own: beside other metrics, and gone without a trace when they are stopped", async () => {
  const registry = new Registry();
  const batcher = createBatcher<string, string>((words) => words.map((word) => word.toUpperCase()));
  const fields = [{ coordinate: "words", batcher }];
  const stop = collectMetrics(fields, { registry });
  await Promise.all([batcher.load("a"), batcher.load("b")]);
  const found = parseMetrics(await registry.metrics());
  expect(found.value("jitney_keys_total", { field: "words", outcome: "answered" })).toBe(2);
  expect(found.all("process_cpu_seconds_total")).toEqual([]);
  expect(() => collectMetrics(fields, { registry })).toThrow("has metrics of Jitney already");
  stop();
  expect(registry.getMetricsAsArray()).toEqual([]);
  expect(batcher.events.eventNames()).toEqual([]);

  const stopAgain = collectMetrics(fields, { registry });
  stop();
  await batcher.load("c");
  const again = parseMetrics(await registry.metrics());
  expect(again.value("jitney_keys_total", { outcome: "answered" })).toBe(3);
  expect(again.value("jitney_key_duration_seconds_count")).toBe(1);
  stopAgain();
});
