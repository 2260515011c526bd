// Batches in traces of which the SDK records some, or none.

import { TraceFlags } from "@opentelemetry/api";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import { graphql } from "graphql";
import { expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { schemaOf } from "../support/schema-of.ts";
import { idsOf, startSDK } from "../support/traces.ts";

/** Spans with "no" in their name are not recorded; a batch is where one is that waits for it. */
const sampler: Sampler = {
  shouldSample(_context, _traceId, name, _kind, _attributes, links) {
    const isBatch = name.startsWith("batch");
    const isWanted = isBatch
      ? links.some(({ context }) => context.traceFlags & TraceFlags.SAMPLED)
      : !name.includes("no");
    return { decision: isWanted ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  },
};

const traces = startSDK(sampler);

function asker() {
  const upper = batched(
    (keys: readonly { x: string }[]) =>
      traces.inSpan("query", async () => keys.map(({ x }) => x.toUpperCase())),
    { maxBatchSize: 2 },
  );
  const schema = schemaOf("type Query { upper(x: String!): String }", { Query: { upper } });
  return (span: string, x: string) =>
    traces.inSpan(span, () => graphql({ schema, source: `{ upper(x: "${x}") }` }));
}

test("a sampler sees who waits: a batch may be recorded where one of them is", async () => {
  const ask = asker();
  await Promise.all([ask("yes", "a"), ask("no", "b")]);
  const [batch] = traces.spans("batch Query.upper");
  expect(batch?.links).toHaveLength(2);
  expect(idsOf(traces.spans("yes")[0]?.links ?? [])).toEqual([batch?.spanContext().spanId]);
  expect(traces.spans("no")).toEqual([]);
});

test("a batch that is not recorded is linked with nobody, and its keys are computed", async () => {
  const before = traces.spans("batch Query.upper").length;
  const ask = asker();
  const answers = await Promise.all([ask("no 1", "a"), ask("no 2", "b")]);
  expect(answers.map(({ data }) => data?.upper)).toEqual(["A", "B"]);
  expect(traces.spans("batch Query.upper")).toHaveLength(before);
});
