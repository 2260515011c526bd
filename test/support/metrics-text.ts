// Reads /metrics: the text format of Prometheus 0.0.4, by its grammar and no more generously. Own code, as the parser that
// npm has (parse-prometheus-text-format) takes what promtool refuses, and gives numbers as text.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  /** With the `_bucket`, `_sum` or `_count` of a histogram. */
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "untyped";
  readonly series: readonly Series[];
}

/** What one scrape has given. */
export class Scrape {
  readonly families: ReadonlyMap<string, Family>;
  readonly series: readonly Series[];

  constructor(families: ReadonlyMap<string, Family>) {
    this.families = families;
    this.series = [...families.values()].flatMap(({ series }) => series);
  }

  /** Every series of that name with these labels, whatever others it has. */
  all(name: string, labels: Labels = {}): readonly Series[] {
    return this.series.filter((series) => series.name === name && hasLabels(series, labels));
  }

  /** The value of the one series of that name with these labels. */
  value(name: string, labels: Labels = {}): number {
    const [series, ...others] = this.all(name, labels);
    if (series !== undefined && others.length === 0) return series.value;
    throw new Error(
      `${name}${JSON.stringify(labels)} is ${series === undefined ? "no" : "more than one"} series`,
    );
  }

  /** The values of a counter or a gauge by one of its labels. */
  by(label: string, name: string, labels: Labels = {}): Record<string, number> {
    return Object.fromEntries(this.all(name, labels).map((series) => [series.labels[label], series.value]));
  }

  /** A histogram: how many were counted up to each bound, in all, and their sum. */
  histogram(name: string, labels: Labels = {}) {
    return {
      buckets: this.by("le", `${name}_bucket`, labels),
      count: this.value(`${name}_count`, labels),
      sum: this.value(`${name}_sum`, labels),
    };
  }
}

/** @throws Error that names the line, for text that is not of the format. */
export function parseMetrics(text: string): Scrape {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, Family & { readonly series: Series[] }>();
  const seen = new Set<string>();
  let help: { readonly name: string; readonly text: string } | undefined;
  let family: (Family & { readonly series: Series[] }) | undefined;
  for (const [index, line] of text.slice(0, -1).split("\n").entries()) {
    const fail = (why: string): never => {
      throw new Error(`line ${index + 1}: ${why}: ${line}`);
    };
    if (line === "") continue;
    const helpParts = /^# HELP ([a-zA-Z_:][\w:]*) (.*)$/.exec(line);
    const typeParts = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (helpParts !== null) {
      if (help !== undefined) fail("two lines of HELP in a row");
      help = { name: helpParts[1] ?? "", text: unescaped(helpParts[2] ?? "", fail) };
    } else if (typeParts !== null) {
      const [, name = "", type = ""] = typeParts;
      if (help?.name !== name) fail("no HELP before it");
      if (families.has(name)) fail("a second time");
      family = { name, help: help?.text ?? "", type: type as Family["type"], series: [] };
      families.set(name, family);
      help = undefined;
    } else {
      if (line.startsWith("#")) fail("a comment that is none of the format's");
      if (help !== undefined) fail("no TYPE before it");
      const series = parseSeries(line, fail);
      if (family === undefined || !belongsTo(series.name, family)) fail("not of the family before it");
      const { le, ...others } = series.labels;
      const identity = JSON.stringify([series.name, le, Object.entries(others).sort()]);
      if (seen.has(identity)) fail("a second time");
      seen.add(identity);
      family?.series.push(series);
    }
  }
  for (const found of families.values()) checkFamily(found);
  return new Scrape(families);
}

function parseSeries(line: string, fail: (why: string) => never): Series {
  const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (parts === null) return fail("neither HELP, TYPE nor a series");
  const [, name = "", labelText = "", number = ""] = parts;
  const labels: Record<string, string> = {};
  const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;
  while (label.lastIndex < labelText.length) {
    const found = label.exec(labelText);
    if (found === null) return fail("bad labels");
    const [, labelName = "", value = ""] = found;
    if (labelName in labels) fail("the same label twice");
    labels[labelName] = unescaped(value, fail);
  }
  return { name, labels, value: parseNumber(number, fail) };
}

function parseNumber(text: string, fail: (why: string) => never): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  // prom-client writes "Nan", which Prometheus, as Go does, takes in any case.
  if (/^nan$/i.test(text)) return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : fail("no number");
}

function unescaped(text: string, fail: (why: string) => never): string {
  return text.replaceAll(/\\(.?)/g, (_all, escaped: string) => {
    if (escaped === "n") return "\n";
    return escaped === "\\" || escaped === '"' ? escaped : fail("an escape that there is not");
  });
}

function belongsTo(name: string, { name: family, type }: Family): boolean {
  if (type !== "histogram") return name === family;
  return ["_bucket", "_sum", "_count"].some((ending) => name === `${family}${ending}`);
}

/** What Prometheus takes for granted. */
function checkFamily({ name, type, series }: Family): void {
  if (type === "counter" && series.some(({ value }) => !(value >= 0))) throw new Error(`${name} is negative`);
  if (type !== "histogram") return;
  const last = new Map<string, { readonly bound: number; readonly count: number }>();
  for (const {
    name: part,
    labels: { le, ...labels },
    value,
  } of series) {
    const of = JSON.stringify(Object.entries(labels).sort());
    const before = last.get(of);
    if (part.endsWith("_bucket")) {
      const bound = le === "+Inf" ? Infinity : Number(le ?? NaN);
      const isNext = before === undefined || (bound > before.bound && value >= before.count);
      if (Number.isNaN(bound) || !isNext) throw new Error(`${name}${of}: the bucket ${le} is out of order`);
      last.set(of, { bound, count: value });
    } else if (part.endsWith("_count") && (before?.bound !== Infinity || before.count !== value)) {
      throw new Error(`${name}${of}: the last bucket does not hold all`);
    }
  }
}

function hasLabels(series: Series, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => series.labels[name] === value);
}
