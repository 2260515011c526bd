// Traces of the command as it is, with an SDK that was loaded before it and follows HTTP requests by itself.

import { expect, test } from "vitest";
import type { PrintedSpan } from "../fixtures/tracing.ts";
import { upper } from "../support/graphql-client.ts";
import { type Running, startJitney } from "../support/server-process.ts";

/** The spans that have ended so far: those of requests, and those of batches. */
function spansOf(server: Running): Record<"requests" | "batches", readonly PrintedSpan[]> {
  const spans = server.stdout
    .split("\n")
    .filter((line) => line.startsWith("span "))
    .map((line) => JSON.parse(line.slice("span ".length)) as PrintedSpan);
  return {
    requests: spans.filter(({ name }) => name === "POST"),
    batches: spans.filter(({ name }) => name === "batch Query.upper"),
  };
}

test("the spans of HTTP requests and of the batches that serve them are linked both ways", async () => {
  const args = ["--max-batch-size", "5", "--max-delay-ms", "60000", "--timeout-ms", "100000"];
  await using server = startJitney(args, { NODE_OPTIONS: "--import ./test/fixtures/tracing.ts" });
  const url = await server.url();
  const words = Array.from({ length: 20 }, (_, index) => `secret ${index}`);
  expect(await Promise.all(words.map((word) => upper(url, word)))).toEqual(
    words.map((word) => word.toUpperCase()),
  );
  await expect.poll(() => spansOf(server).requests.length).toBe(20);

  const { requests, batches } = spansOf(server);
  expect(batches.map(({ links }) => links.length)).toEqual([5, 5, 5, 5]);
  for (const { id, links } of requests) {
    expect(links).toHaveLength(1);
    expect(batches.find((batch) => batch.id === links[0])?.links).toContain(id);
  }
  expect(server.stdout.toLowerCase()).not.toContain("secret");
});
