// An SDK that throws, and spans that take no links, harm no batch, and nothing that is told of it.

import { setTimeout } from "node:timers/promises";
import type { Span } from "@opentelemetry/api";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import { graphql } from "graphql";
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { BATCH_FACTS, BatchFacts, batched } from "../../src/index.ts";
import { schemaOf } from "../support/schema-of.ts";
import { idsOf, startSDK } from "../support/traces.ts";

let isBroken = false;

/** Throws out of `startSpan`, as a span processor does that throws in `onStart`. */
const sampler: Sampler = {
  shouldSample(_context, _traceId, name) {
    if (isBroken && name.startsWith("batch")) throw new Error("broken SDK");
    return { decision: SamplingDecision.RECORD_AND_SAMPLED };
  },
};

const traces = startSDK(sampler);

let emitWarning: MockInstance<typeof process.emitWarning>;

beforeEach(() => {
  isBroken = false;
  emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
});

afterEach(() => {
  emitWarning.mockRestore();
});

/** A field whose batch leaves with so many keys, and ends when it is told to. */
function fieldOf(maxBatchSize: number) {
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const upper = batched(
    async (keys: readonly { x: string }[]) => {
      begun.resolve();
      await end.promise;
      return keys.map(({ x }) => x.toUpperCase());
    },
    { maxBatchSize },
  );
  const schema = schemaOf("type Query { upper(x: String!): String }", { Query: { upper } });
  return {
    begun: begun.promise,
    end: end.resolve,
    /** One operation in a span of its own, and what it was told. */
    async ask(name: string, x: string, prepare: (span: Span) => void = () => {}) {
      const facts = new BatchFacts();
      const contextValue = { [BATCH_FACTS]: facts };
      const source = `{ upper(x: "${x}") }`;
      const { data } = await traces.inSpan(name, async (span) => {
        prepare(span);
        return await graphql({ schema, source, contextValue });
      });
      return { upper: data?.upper, facts };
    },
  };
}

test("where the span of a batch cannot be started, everybody is told of the batch, until its end", async () => {
  isBroken = true;
  const field = fieldOf(1);
  const first = field.ask("first", "a");
  await field.begun;
  const joined = field.ask("joined", "a");
  field.end();
  const answers = await Promise.all([first, joined]);
  expect(answers.map(({ upper }) => upper)).toEqual(["A", "A"]);
  const told = answers.map(({ facts }) => facts.list());
  for (const batches of told) expect(batches).toMatchObject([{ id: "upper#1", size: 1 }]);
  await setTimeout(2);
  expect(answers.map(({ facts }) => facts.list())).toEqual(told);
  expect(emitWarning.mock.calls).toEqual([[new Error("broken SDK")]]);
});

test("a span that takes no link keeps no other from its own, nor the batch's from its end", async () => {
  const field = fieldOf(3);
  const asked = [
    field.ask("of an older SDK", "a", (span) => Object.assign(span, { addLink: undefined })),
    field.ask("broken", "b", (span) => {
      span.addLink = () => {
        throw new Error("broken link");
      };
    }),
    field.ask("good", "c"),
  ];
  await field.begun;
  asked.push(field.ask("late", "a", (span) => Object.assign(span, { addLink: undefined })));
  asked.push(field.ask("late and good", "a"));
  field.end();
  for (const { facts } of await Promise.all(asked)) expect(facts.list()).toMatchObject([{ size: 3 }]);
  const [batch] = traces.spans("batch Query.upper");
  expect(batch?.links).toHaveLength(5);
  for (const name of ["good", "late and good"]) {
    expect(idsOf(traces.spans(name)[0]?.links ?? [])).toEqual([batch?.spanContext().spanId]);
  }
  expect(emitWarning.mock.calls).toEqual([[new Error("broken link")]]);
});
