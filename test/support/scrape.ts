// Scrapes a server, as Prometheus does.

import { parseMetrics, type Scrape } from "./metrics-text.ts";

/** @param url of the server. */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/metrics: ${response.status}: ${text}`);
  return parseMetrics(text);
}

/** The buckets that a histogram must have after these observations. */
export function bucketsOf(observed: readonly number[], bounds: readonly string[]): Record<string, number> {
  const upTo = (bound: string) => (bound === "+Inf" ? Infinity : Number(bound));
  return Object.fromEntries(
    bounds.map((bound) => [bound, observed.filter((value) => value <= upTo(bound)).length]),
  );
}
