// The dashboard for Grafana, as far as its queries and its layout go.

import { readFile } from "node:fs/promises";

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

const FILE = new URL("../../docs/grafana-dashboard.json", import.meta.url);

export async function readDashboard(): Promise<{ readonly text: string; readonly dashboard: Dashboard }> {
  const text = await readFile(FILE, "utf8");
  return { text, dashboard: JSON.parse(text) };
}

/** With what Grafana would put in place of its variables: a time, and a pattern for anything. */
export function filledIn(expr: string): string {
  return expr.replaceAll("$__rate_interval", "5m").replaceAll(/\$\{?\w+\}?/g, ".*");
}

export function overlaps({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  return (
    one.x < other.x + other.w &&
    other.x < one.x + one.w &&
    one.y < other.y + other.h &&
    other.y < one.y + one.h
  );
}
