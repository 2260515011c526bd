// The signal of an execution follows that of its request, whenever that aborts.

import { createSchema, createYoga } from "graphql-yoga";
import { expect, test } from "vitest";
import { batched } from "../../src/index.ts";
import { useExecutionSignal } from "../../src/server/execution-signal.ts";

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
