// The signal of an execution follows that of its request, whenever that aborts.

import { createSchema, createYoga } from "graphql-yoga";
import { expect, test } from "vitest";
import { batched, EXECUTION_SIGNAL } from "../../src/index.ts";
import { useExecutionSignal } from "../../src/server/execution-signal.ts";
import { serve } from "../support/serve.ts";

test("a client that has gone before its operation is run has no key computed", async () => {
  const asked: string[] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    asked.push(...keys.map(({ x }) => x));
    return keys.map(({ x }) => x.toUpperCase());
  });
  const schema = createSchema({
    typeDefs: "type Query { upper(x: String!): String }",
    resolvers: { Query: { upper } },
  });
  const yoga = createYoga({ schema, plugins: [useExecutionSignal()], logging: false });
  const ask = async (x: string, signal: AbortSignal): Promise<unknown> => {
    const url = `http://127.0.0.1/graphql?query={upper(x:"${x}")}`;
    const response = await yoga.handleRequest(new Request(url, { signal }), {});
    return await response.json();
  };

  const gone = ask("gone", AbortSignal.abort());
  const here = ask("here", new AbortController().signal);

  expect(await gone).toMatchObject({
    data: { upper: null },
    errors: [{ extensions: { code: "BATCH_CALLER_LEFT" } }],
  });
  expect(await here).toEqual({ data: { upper: "HERE" } });
  expect(asked).toEqual(["here"]);
});

test("the signal in the context is a whole AbortSignal for whoever asks, on either way to the answer", async () => {
  const signals: AbortSignal[] = [];
  const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x.toUpperCase()), {
    maxDelayMs: 0,
    signal: (context: { readonly [EXECUTION_SIGNAL]: AbortSignal }) => {
      const ofExecution = context[EXECUTION_SIGNAL];
      signals.push(ofExecution);
      return AbortSignal.any([ofExecution, AbortSignal.timeout(60_000)]);
    },
  });
  await using server = await serve("type Query { upper(x: String!): String }", { Query: { upper } });
  // The first time a query goes through Yoga, the second time the short way.
  for (const x of ["first", "second"]) {
    const query = `{ upper(x: "${x}") }`;
    const answer = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query }),
    });
    expect(await answer.json()).toEqual({ data: { upper: x.toUpperCase() } });
  }
  expect(signals).toHaveLength(2);
  for (const signal of signals) {
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(signal.aborted, "the operation is over").toBe(true);
  }
});
