// Metrics of several processes that serve together: whichever is scraped answers for all, each series with the label `worker`.
//
// Not added up, as AggregatorRegistry of prom-client does it: a sum gets smaller when a worker is replaced, or does not
// answer in time, and `rate()` would take that for a counter that began anew and count all of it once more.

/** How a worker reaches the metrics of the others. */
export interface SharedMetrics {
  /** Its own number, from 1. */
  readonly number: number;
  /** How many workers there are. */
  readonly count: number;
  /** Has `read` called when another one is scraped: it gives the text of this one's metrics. */
  share(read: () => Promise<string>): void;
  /** The texts of the others by their numbers, without those that do not answer in time. */
  gather(): Promise<ReadonlyMap<number, string>>;
}

/** One text of all: what is known of a metric comes once, with the series of all workers below it. */
export async function metricsOfAll(own: Promise<string>, shared: SharedMetrics): Promise<string> {
  const [ownText, texts] = await Promise.all([own, shared.gather()]);
  const answered = new Map([...texts, [shared.number, ownText] as const]);
  const numbers = Array.from({ length: shared.count }, (_, index) => index + 1);
  const ordered = numbers.flatMap((number) => answered.get(number) ?? []);
  return merged([...ordered, upText(numbers, answered)]);
}

function upText(numbers: readonly number[], answered: ReadonlyMap<number, string>): string {
  const name = "jitney_worker_up";
  const series = numbers.map((number) => `${name}{worker="${number}"} ${answered.has(number) ? 1 : 0}\n`);
  const help = "1 for a worker whose metrics are here, 0 for one that did not answer in time.";
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${series.join("")}`;
}

/** Texts in the format of Prometheus, in which HELP begins a metric: as prom-client writes them. */
function merged(texts: readonly string[]): string {
  const families = new Map<string, { readonly type: string; readonly series: string[] }>();
  for (const text of texts) {
    for (const family of text.split(/^(?=# HELP )/m)) {
      const [help = "", type = "", ...series] = family.split("\n").filter((line) => line !== "");
      const known = families.get(help);
      if (known === undefined) families.set(help, { type, series });
      else known.series.push(...series);
    }
  }
  const lines = Array.from(families, ([help, { type, series }]) => [help, type, ...series, ""].join("\n"));
  return lines.join("\n");
}
