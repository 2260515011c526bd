// What is seen of several processes that serve together: in answers, in the metrics of all, and on /batches.

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { BatchFact } from "../../src/index.ts";
import { loadPage } from "../support/batches-files.ts";
import { complaintsOf, polled, said, useBatchesInBrowser } from "../support/batches-in-browser.ts";
import { look } from "../support/batches-viewer.ts";
import { isBrowserAvailable } from "../support/browser.ts";
import { parseMetrics, type Scrape } from "../support/metrics-text.ts";
import { labelsOf } from "../support/promql.ts";
import { checkRules, isPromtoolHere } from "../support/promtool.ts";
import type { Running } from "../support/server-process.ts";
import { startJitney } from "../support/server-process.ts";
import { askOn, FIELDS, getOn, keptConnection, pidOn, pidsOf } from "../support/workers.ts";

const WORKERS = ["1", "2", "3"];
const ALL_UP = { 1: 1, 2: 1, 3: 1 };

let jitney: Running;
let url: string;

beforeAll(async () => {
  jitney = startJitney([...FIELDS, "--workers", "3", "--batch-facts", "on", "--max-delay-ms", "1"]);
  url = await jitney.url();
});

afterAll(() => jitney.stop());

/** On a connection of its own: which worker answers is by turns. */
async function scrapeOnce(): Promise<Scrape> {
  return parseMetrics(await getOn(false, `${url}/metrics`));
}

const ANSWERED = { field: "Query.upper", outcome: "answered" };

test("answers name a batch by its worker too: of two with one name, each is another one's", async () => {
  const facts: BatchFact[] = [];
  for (let index = 0; index < 6; index += 1) {
    const { extensions } = await askOn(false, url, `{ upper(x: "cat${index}") }`);
    facts.push(...((extensions?.batches ?? []) as readonly BatchFact[]));
  }
  expect(new Set(facts.map(({ worker }) => worker))).toEqual(new Set([1, 2, 3]));
  expect(facts).toHaveLength(6);
  const names = facts.map(({ worker, id }) => `${worker} ${id}`);
  expect(new Set(names).size).toBe(facts.length);
  expect(new Set(facts.map(({ id }) => id)).size).toBeLessThan(facts.length);
});

describe("/metrics", () => {
  test("has what all workers have done, whichever is scraped", async () => {
    const before = await scrapeOnce();
    const agents = [keptConnection(), keptConnection()];
    const pids = await Promise.all(agents.map((agent) => pidOn(agent, url)));
    expect(new Set(pids).size).toBe(2);
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error("no connections");
    for (let index = 0; index < 7; index += 1) await askOn(first, url, `{ upper(x: "a${index}") }`);
    for (let index = 0; index < 3; index += 1) await askOn(second, url, `{ upper(x: "b${index}") }`);
    const scrapes = await Promise.all(
      agents.map((agent) => getOn(agent, `${url}/metrics`).then(parseMetrics)),
    );
    for (const scraped of scrapes) {
      const counts = scraped.by("worker", "jitney_keys_total", ANSWERED);
      const countsBefore = before.by("worker", "jitney_keys_total", ANSWERED);
      const more = WORKERS.map((worker) => Number(counts[worker]) - Number(countsBefore[worker]));
      expect(more.sort()).toEqual([0, 3, 7]);
      for (const worker of WORKERS) {
        const { count, sum } = scraped.histogram("jitney_batch_size", { field: "Query.upper", worker });
        expect([count, sum]).toEqual([counts[worker], counts[worker]]);
      }
      expect(scraped.by("worker", "jitney_worker_up")).toEqual(ALL_UP);
      expect(new Set(scraped.series.map(({ labels }) => labels.worker))).toEqual(new Set(WORKERS));
    }
    const [one, other] = scrapes.map((scraped) => scraped.all("jitney_keys_total"));
    expect(one).toEqual(other);
  });

  test("does not wait for a worker that does not answer, and says which one it is", async () => {
    const agent = keptConnection();
    const own = await pidOn(agent, url);
    const stuck = (await pidsOf(url, 3)).find((pid) => pid !== own) ?? 0;
    process.kill(stuck, "SIGSTOP");
    onTestFinished(() => void process.kill(stuck, "SIGCONT"));
    const startMs = performance.now();
    const scraped = parseMetrics(await getOn(agent, `${url}/metrics`));
    expect(performance.now() - startMs).toBeLessThan(3_000);
    const up = scraped.by("worker", "jitney_worker_up");
    expect(Object.values(up).sort()).toEqual([0, 1, 1]);
    const answering = Object.keys(up).filter((worker) => up[worker] === 1);
    expect(Object.keys(scraped.by("worker", "jitney_keys_total", ANSWERED))).toEqual(answering);
    process.kill(stuck, "SIGCONT");
    const upAgain = async (): Promise<object> =>
      parseMetrics(await getOn(agent, `${url}/metrics`)).by("worker", "jitney_worker_up");
    await expect.poll(upAgain, { timeout: 10_000 }).toEqual(ALL_UP);
  });

  test("has what the alerts of the documentation ask for", async () => {
    const page = await readFile(new URL("../../docs/workers.md", import.meta.url), "utf8");
    const rules = /```yaml\n# jitney-workers\.yml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const queries = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, query = ""]) => query);
    expect(queries).toHaveLength(2);
    const scraped = await scrapeOnce();
    for (const query of queries) labelsOf(query, scraped);
    if (!isPromtoolHere) return;
    expect(await checkRules(rules)).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching("2 rules found"),
    });
  });
});

describe("/batches", () => {
  test("says of which worker it is, and comes whole from any of them", async () => {
    expect((await loadPage(url)).size).toBeGreaterThan(20);
    await using viewer = await look(url);
    expect(viewer.hello.worker).toEqual({ number: expect.any(Number), count: 3 });
  });

  describe.skipIf(!isBrowserAvailable)("in a browser", () => {
    const open = useBatchesInBrowser();

    test("the worker is named beside the connection", async () => {
      const { visitor, page } = await open(url);
      await polled(() => said(page, "#status")).toBe("Live");
      await polled(() => said(page, "#worker")).toMatch(/^Batches of worker [123] of 3 alone$/);
      expect(await page.locator("#worker").isVisible()).toBe(true);
      expect(complaintsOf(visitor)).toEqual([]);
    });
  });
});

test("a worker that is replaced counts anew under its number: what others have counted stays", async () => {
  const before = (await scrapeOnce()).by("worker", "jitney_keys_total", ANSWERED);
  const [victim = 0] = await pidsOf(url, 3);
  process.kill(victim, "SIGKILL");
  await jitney.printed(/ready in place/);
  const number = String(jitney.log.find(({ signal }) => signal === "SIGKILL")?.worker);
  const after = await scrapeOnce();
  expect(after.by("worker", "jitney_keys_total", ANSWERED)).toEqual({ ...before, [number]: 0 });
  expect(after.by("worker", "jitney_worker_up")).toEqual(ALL_UP);
});
