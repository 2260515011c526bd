// The dashboard and the alerts ask for nothing that a real server does not expose.

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { type Dashboard, filledIn, overlaps, type Panel, readDashboard } from "../support/dashboard.ts";
import { upper } from "../support/graphql-client.ts";
import { parseMetrics, type Scrape } from "../support/metrics-text.ts";
import { labelsOf } from "../support/promql.ts";
import { checkMetrics, checkRules, isPromtoolHere, testRules } from "../support/promtool.ts";
import { type ServedJitney, serve } from "../support/serve.ts";

let server: ServedJitney & AsyncDisposable;
let dashboard: Dashboard;
let dashboardText: string;
let metricsText: string;
let scraped: Scrape;

beforeAll(async () => {
  ({ dashboard, text: dashboardText } = await readDashboard());
  const resolver = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()));
  server = await serve(
    "type Query { upper(x: String!): String! @batch(maxDelayMs: 1, maxBatchWeight: 50) }",
    {
      Query: { upper: resolver },
    },
  );
  await Promise.all(["a", "b", "c"].map((word) => upper(server.url, word)));
  metricsText = await (await fetch(`${server.url}/metrics`)).text();
  scraped = parseMetrics(metricsText);
});

afterAll(() => server.drain());

const targetsOf = ({ targets = [] }: Panel) => targets;

/** In the documentation, as a file of rules. */
async function alerts(): Promise<{ readonly rules: string; readonly queries: readonly string[] }> {
  const page = await readFile(new URL("../../docs/monitoring.md", import.meta.url), "utf8");
  const rules = /```yaml\n# jitney-alerts\.yml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const queries = [...rules.matchAll(/^ +expr: (?:\|\n((?: {10,}.*\n)+)|(.+)\n)/gm)];
  return { rules, queries: queries.map(([, block, line]) => block ?? line ?? "") };
}

describe("the dashboard", () => {
  test("asks for metrics and labels that are exposed, in queries that mean something", () => {
    const queries = dashboard.panels.flatMap((panel) =>
      targetsOf(panel).map((target) => ({ panel, target })),
    );
    expect(queries.length).toBeGreaterThan(20);
    for (const { panel, target } of queries) {
      const labels = labelsOf(filledIn(target.expr), scraped);
      const shown = [...target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      for (const label of shown) expect([...labels], `${panel.title}: ${target.expr}`).toContain(label);
    }
  });

  test("shows every metric of Jitney's, but for those that only describe", () => {
    const queries = dashboard.panels.flatMap((panel) => targetsOf(panel).map(({ expr }) => expr)).join(" ");
    const names = [...scraped.families.keys()].filter((name) => name.startsWith("jitney_"));
    const unseen = names.filter((name) => !queries.includes(name));
    expect(unseen).toEqual(["jitney_build_info", "jitney_pending_callers", "jitney_max_batch_weight"]);
  });

  test("defines every variable that it uses, and fills them from metrics that are exposed", () => {
    const variables = dashboard.templating.list;
    const used = dashboardText.matchAll(/\$\{?([a-z]\w*)|\$__(?!rate_interval|all)\w+/g);
    for (const [text, name] of used)
      expect(
        variables.map((one) => one.name),
        text,
      ).toContain(name);
    for (const { name, type, definition = "" } of variables) {
      expect(dashboardText.split(new RegExp(`\\$\\{?${name}\\b`)).length, name).toBeGreaterThan(1);
      if (type === "datasource") continue;
      const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
      expect([...labelsOf(filledIn(selector), scraped)]).toContain(label);
    }
  });

  test("is laid out without gaps and overlaps, and says what each panel is for", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, panel] of panels.entries()) {
      const { x, w } = panel.gridPos;
      expect([x >= 0, x + w <= 24], panel.title).toEqual([true, true]);
      for (const other of panels.slice(index + 1)) {
        expect(overlaps(panel, other), `${panel.title} and ${other.title}`).toBe(false);
      }
      if (panel.type === "row") continue;
      expect(panel.description?.length, panel.title).toBeGreaterThan(20);
      expect(panel.datasource?.uid, panel.title).toMatch(/^\$\{datasource\}$/);
      const refIds = targetsOf(panel).map(({ refId }) => refId);
      expect(new Set(refIds).size, panel.title).toBe(refIds.length);
    }
    const area = panels.reduce((sum, { gridPos: { w, h } }) => sum + w * h, 0);
    expect(area).toBe(24 * Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)));
  });

  test.runIf(isPromtoolHere)("has queries that Prometheus takes, as rules", async () => {
    const rules = dashboard.panels.flatMap((panel) =>
      targetsOf(panel).map(({ expr, refId }) => ({
        record: `panel:${panel.id}_${refId}`,
        expr: filledIn(expr),
      })),
    );
    const groups = [{ name: "dashboard", rules }];
    const { exitCode, output } = await checkRules(JSON.stringify({ groups }));
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringMatching(`${rules.length} rules found`),
    });
  });
});

describe("the alerts of the documentation", () => {
  test("ask for metrics and labels that are exposed", async () => {
    const { queries } = await alerts();
    expect(queries.length).toBeGreaterThan(3);
    for (const query of queries) labelsOf(query, scraped);
  });

  test.runIf(isPromtoolHere)("are rules that Prometheus takes", async () => {
    const { rules, queries } = await alerts();
    const { exitCode, output } = await checkRules(rules);
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringMatching(`${queries.length} rules found`),
    });
  });

  test.runIf(isPromtoolHere)("fire when they should, and not on a server that is well", async () => {
    const { rules, queries } = await alerts();
    const tests = ALARMS.flatMap(({ alertname, labels, summary, firing, well }) => [
      alertTest(alertname, firing, [{ exp_labels: labels, exp_annotations: { summary } }]),
      alertTest(alertname, well, []),
    ]);
    expect(ALARMS.length).toBe(queries.length);
    expect(await testRules(rules, tests)).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching("SUCCESS"),
    });
    // That it can fail.
    for (const [right, wrong] of [
      [" > 0.1 + 2 *", " > 0.1 +"],
      ["> 0.5", "> 0.6"],
    ] as const) {
      expect(rules).toContain(right);
      expect(await testRules(rules.replace(right, wrong), tests)).toMatchObject({ exitCode: 1 });
    }
  });
});

/** Series by name, each with how it grows from one look, every 15 seconds, to the next. */
type Series = Readonly<Record<string, string>>;

interface Alarm {
  readonly alertname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly firing: Series;
  readonly well: Series;
}

const FIELD = 'field="Query.upper"';

/** Waits of batches, all in one bucket, with a delay of half a second. */
function waits(above: string, below: string): Series {
  return {
    [`jitney_batch_wait_seconds_bucket{${FIELD},le="${above}"}`]: "0x100",
    [`jitney_batch_wait_seconds_bucket{${FIELD},le="${below}"}`]: "0+30x100",
    [`jitney_batch_wait_seconds_bucket{${FIELD},le="+Inf"}`]: "0+30x100",
    [`jitney_max_delay_seconds{${FIELD}}`]: "0.5x100",
  };
}

function outcomes(answered: number, failed: number): Series {
  return {
    [`jitney_keys_total{${FIELD},outcome="answered"}`]: `0+${answered}x100`,
    [`jitney_keys_total{${FIELD},outcome="failed"}`]: `0+${failed}x100`,
  };
}

function queue(waiting: number): Series {
  return {
    [`jitney_waiting_callers{${FIELD},instance="a:4000"}`]: `${waiting}x100`,
    [`jitney_max_queue_size{${FIELD},instance="a:4000"}`]: "1000x100",
  };
}

const ALARMS: readonly Alarm[] = [
  {
    alertname: "JitneyQueueFull",
    labels: { field: "Query.upper" },
    summary: "Query.upper: callers are refused, as the queue is full",
    firing: { [`jitney_keys_total{${FIELD},outcome="refused"}`]: "0+1x100" },
    well: { [`jitney_keys_total{${FIELD},outcome="refused"}`]: "7x100" },
  },
  {
    alertname: "JitneyQueueFilling",
    labels: { field: "Query.upper", instance: "a:4000" },
    summary: "Query.upper on a:4000: the queue is more than half full",
    firing: queue(501),
    well: queue(500),
  },
  {
    alertname: "JitneyFailures",
    labels: { field: "Query.upper" },
    summary: "Query.upper: more than 1% of the keys get no answer",
    firing: outcomes(980, 20),
    well: outcomes(995, 5),
  },
  {
    alertname: "JitneyHungBatches",
    labels: { field: "Query.upper" },
    summary: "Query.upper: the batch function does not stop when it is told to",
    firing: { [`jitney_batch_outcomes_total{${FIELD},outcome="abandoned"}`]: "0x60 1x40" },
    well: { [`jitney_batch_outcomes_total{${FIELD},outcome="abandoned"}`]: "1x100" },
  },
  {
    alertname: "JitneyBatchesWaitForSlots",
    labels: { field: "Query.upper" },
    summary: "Query.upper: batches that are due wait for a slot; see concurrency, and the batch function",
    firing: waits("1.6384", "3.2768"),
    // Just over the delay, as all that waits for it.
    well: waits("0.4096", "0.8192"),
  },
];

function alertTest(alertname: string, series: Series, exp_alerts: readonly object[]): object {
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return { interval: "15s", input_series, alert_rule_test: [{ eval_time: "20m", alertname, exp_alerts }] };
}

test("a query that cannot be right is found out", () => {
  const wrong = [
    ["rate(jitney_keys_total[5m]", "is no PromQL"],
    ["rate(jitney_key_total[5m])", "jitney_key_total, which is not exposed"],
    ["sum(rate(jitney_batch_size[5m]))", "jitney_batch_size, which is not exposed"],
    ['rate(jitney_keys_total{fields="Query.upper"}[5m])', "the label fields, which"],
    ['rate(jitney_keys_total{outcome="timedOut"}[5m])', "which no series"],
    ['rate(jitney_keys_total{outcome=~"answered|timedOut"}[5m])', 'outcome="timedOut", which no series'],
    ["sum by (reason) (rate(jitney_keys_total[5m]))", "groups by reason"],
    ["rate(jitney_waiting_keys[5m])", "the rate of a gauge"],
    ["jitney_keys_total", "a counter without its rate"],
    ["sum(jitney_keys_total)", "adds up counters without their rates"],
    ["delta(jitney_keys_total[5m])", "the delta of a counter"],
    ["histogram_quantile(0.5, sum by (field) (rate(jitney_batch_size_bucket[5m])))", "without le"],
    ["histogram_quantile(0.5, rate(jitney_batch_size_count[5m]))", "without le"],
    ['sum(rate(jitney_batch_run_seconds_bucket{le="0.1"}[5m]))', "which no series"],
    [
      "sum by (field) (rate(jitney_keys_total[5m])) / sum(rate(jitney_batches_total[5m]))",
      "combines series by (field) with series by ()",
    ],
    ["jitney_waiting_keys / on (outcome) jitney_max_queue_size", "groups by outcome"],
  ] as const;
  for (const [query, why] of wrong) expect(() => labelsOf(query, scraped), query).toThrow(why);
});

test.runIf(isPromtoolHere)(
  "promtool finds nothing in /metrics, but for three names of prom-client's",
  async () => {
    const { output } = await checkMetrics(metricsText);
    expect(output.trim().split("\n")).toEqual(
      ["handles", "requests", "resources"].map(
        (what) => `nodejs_active_${what}_total non-counter metrics should not have "_total" suffix`,
      ),
    );
  },
);

test.runIf(isPromtoolHere)("promtool would find what is wrong", async () => {
  const duplicate = `${metricsText}jitney_waiting{field="a"} 1\njitney_waiting{field="a"} 1\n`;
  expect((await checkMetrics(duplicate)).exitCode).not.toBe(0);
  const rule = { record: "a", expr: "rate(jitney_keys_total)" };
  expect((await checkRules(JSON.stringify({ groups: [{ name: "a", rules: [rule] }] }))).exitCode).not.toBe(0);
});
