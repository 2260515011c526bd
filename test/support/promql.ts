// Checks queries in PromQL against what a server really exposes: by the official grammar, and by what a query means.

import { parser } from "@prometheus-io/lezer-promql";
import type { Scrape } from "./metrics-text.ts";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** Those that Prometheus adds to whatever it scrapes. */
const LABELS_OF_TARGETS = ["instance", "job"];

const OF_COUNTERS = new Set(["rate", "irate", "increase", "resets"]);
const OF_GAUGES = new Set(["delta", "idelta", "deriv", "predict_linear"]);

/** What an expression gives: the labels of its series; none of it is known for a number. */
interface Meaning {
  readonly labels: ReadonlySet<string>;
  readonly kind: "counter" | "buckets" | "gauge" | "number";
}

const NUMBER: Meaning = { labels: new Set(), kind: "number" };

/**
 * The labels that the series of a query have.
 *
 * @param query without variables of Grafana's.
 * @throws Error for what is no PromQL, for metrics and labels that are not exposed, and for what can only be wrong: the
 * rate of a gauge, a counter as it is, a quantile without `le`, two sides that have no labels in common.
 */
export function labelsOf(query: string, scrape: Scrape): ReadonlySet<string> {
  const checker = new Checker(query, scrape);
  const { topNode } = parser.parse(query);
  checker.refuseErrors(topNode);
  const { labels, kind } = checker.meaningOf(only(topNode));
  if (kind === "counter") throw new Error(`${query}: a counter without its rate`);
  return labels;
}

class Checker {
  readonly #query: string;
  readonly #scrape: Scrape;

  constructor(query: string, scrape: Scrape) {
    this.#query = query;
    this.#scrape = scrape;
  }

  refuseErrors(node: SyntaxNode): void {
    if (node.type.isError) this.#fail(`is no PromQL at ${node.from}`);
    for (const child of children(node)) this.refuseErrors(child);
  }

  meaningOf(node: SyntaxNode): Meaning {
    switch (node.name) {
      case "NumberDurationLiteral":
      case "StringLiteral":
        return NUMBER;
      case "VectorSelector":
        return this.#selected(node);
      case "MatrixSelector":
      case "ParenExpr":
      case "UnaryExpr":
      case "OffsetExpr":
      case "SubqueryExpr":
        return this.meaningOf(expressionsIn(node)[0] ?? this.#fail("has nothing in it"));
      case "FunctionCall":
        return this.#called(node);
      case "AggregateExpr":
        return this.#aggregated(node);
      case "BinaryExpr":
        return this.#combined(node);
      default:
        return this.#fail(`has ${node.name}, which is not checked here`);
    }
  }

  #selected(node: SyntaxNode): Meaning {
    const name = this.#text(node.getChild("Identifier") ?? this.#fail("has a selector without a name"));
    const series = this.#scrape.all(name);
    if (series.length === 0) this.#fail(`asks for ${name}, which is not exposed`);
    const labels = new Set([...LABELS_OF_TARGETS, ...series.flatMap((one) => Object.keys(one.labels))]);
    for (const matcher of node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []) {
      const [label = "", operator = "", quoted = ""] = children(matcher).map((part) => this.#text(part));
      if (!labels.has(label)) this.#fail(`asks for the label ${label}, which ${name} has not`);
      if (LABELS_OF_TARGETS.includes(label) || operator.startsWith("!")) continue;
      const value = quoted.slice(1, -1);
      const pattern = new RegExp(`^(?:${value})$`);
      const isMeant = (own = "") => (operator === "=" ? own === value : pattern.test(own));
      if (!series.some((one) => isMeant(one.labels[label]))) {
        this.#fail(`asks for ${label}${operator}${quoted}, which no series of ${name} has`);
      }
      // Each of those that are listed, not only one.
      if (operator === "=~" && /^[\w|]+$/.test(value)) {
        for (const one of value.split("|")) {
          if (!series.some(({ labels: own }) => own[label] === one)) {
            this.#fail(`asks for ${label}="${one}", which no series of ${name} has`);
          }
        }
      }
    }
    return { labels, kind: this.#kindOf(name) };
  }

  #kindOf(name: string): Meaning["kind"] {
    const type = this.#scrape.families.get(name)?.type;
    if (type === "counter" || type === "gauge") return type;
    return name.endsWith("_bucket") ? "buckets" : "counter";
  }

  #called(node: SyntaxNode): Meaning {
    const name = this.#text(node.getChild("FunctionIdentifier") ?? node);
    const given = expressionsIn(node.getChild("FunctionCallBody") ?? node).map((one) => this.meaningOf(one));
    const [first = NUMBER] = given;
    if (name === "histogram_quantile") {
      const of = given[1] ?? NUMBER;
      if (!of.labels.has("le")) this.#fail("asks for a quantile without le");
      if (of.kind !== "buckets") this.#fail("asks for a quantile of what are no buckets");
      return { labels: without(of.labels, ["le"]), kind: "gauge" };
    }
    const isCounter = first.kind === "counter" || first.kind === "buckets";
    if (OF_COUNTERS.has(name)) {
      if (!isCounter) this.#fail(`asks for the ${name} of a gauge`);
      return { labels: first.labels, kind: first.kind === "buckets" ? "buckets" : "gauge" };
    }
    if (OF_GAUGES.has(name) && isCounter) this.#fail(`asks for the ${name} of a counter`);
    return first;
  }

  #aggregated(node: SyntaxNode): Meaning {
    const [of = NUMBER] = expressionsIn(node.getChild("FunctionCallBody") ?? node)
      .map((one) => this.meaningOf(one))
      .slice(-1);
    if (of.kind === "counter") this.#fail("adds up counters without their rates");
    const modifier = node.getChild("AggregateModifier");
    const named = this.#labelsIn(modifier, of);
    const labels = modifier?.getChild("Without") ? without(of.labels, named) : new Set(named);
    return { labels, kind: of.kind };
  }

  #combined(node: SyntaxNode): Meaning {
    const [left, right] = expressionsIn(node).map((one) => this.meaningOf(one));
    if (left === undefined || right === undefined) return this.#fail("has an operator without two sides");
    if (left.kind === "number" || right.kind === "number") return left.kind === "number" ? right : left;
    const matching = node.getChild("MatchingModifierClause");
    const named = this.#labelsIn(matching, left);
    this.#labelsIn(matching, right);
    const same = (labels: ReadonlySet<string>) =>
      [...(matching?.getChild("On") ? named : without(labels, named))].sort().join();
    const isSet = ["And", "Or", "Unless"].some((name) => node.getChild(name) !== null);
    if (same(left.labels) !== same(right.labels) && !isSet) {
      this.#fail(`combines series by (${[...left.labels]}) with series by (${[...right.labels]})`);
    }
    return { labels: left.labels, kind: "gauge" };
  }

  /** Those that a modifier names, all of which there have to be. */
  #labelsIn(modifier: SyntaxNode | null, { labels }: Meaning): readonly string[] {
    const named = (modifier?.getChild("GroupingLabels")?.getChildren("LabelName") ?? []).map((one) =>
      this.#text(one),
    );
    for (const label of named) {
      if (!labels.has(label)) this.#fail(`groups by ${label}, which the series in it have not`);
    }
    return named;
  }

  #text({ from, to }: SyntaxNode): string {
    return this.#query.slice(from, to);
  }

  #fail(why: string): never {
    throw new Error(`${this.#query}: ${why}`);
  }
}

const EXPRESSIONS: ReadonlySet<string> = new Set([
  "NumberDurationLiteral",
  "StringLiteral",
  "VectorSelector",
  "MatrixSelector",
  "ParenExpr",
  "UnaryExpr",
  "OffsetExpr",
  "SubqueryExpr",
  "FunctionCall",
  "AggregateExpr",
  "BinaryExpr",
]);

function expressionsIn(node: SyntaxNode): readonly SyntaxNode[] {
  return children(node).filter(({ name }) => EXPRESSIONS.has(name));
}

function only(node: SyntaxNode): SyntaxNode {
  const [first] = expressionsIn(node);
  if (first === undefined) throw new Error("an empty query");
  return first;
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

function without(labels: ReadonlySet<string>, others: readonly string[]): ReadonlySet<string> {
  return new Set([...labels].filter((label) => !others.includes(label)));
}
