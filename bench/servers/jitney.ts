// Jitney as its users start it in production, with metrics; limits, cancellation and the log are at their defaults. The
// variant "timed" also notes when each key came, to tell how exactly batches leave.

import { loadJitney } from "../installed.ts";
import { BatchTimes } from "./batch-times.ts";
import { backend, serveAt, settings } from "./program.ts";

const { batched, buildServedSchema, startServer } = await loadJitney();
const times = settings.variant === "timed" ? new BatchTimes() : undefined;

const key = (_: unknown, { x }: { x: string }): { x: string } => {
  times?.noteKey();
  return { x };
};
const computeUpper = (keys: readonly { x: string }[]): Promise<string[]> =>
  backend.upper(keys.map(({ x }) => x));
const upper = times === undefined ? batched(computeUpper) : batched(computeUpper, { key });

const schema = buildServedSchema({
  typeDefs: `type Query {
    upper(x: String!): String! @batch(maxBatchSize: 32, maxDelayMs: 5, concurrency: ${settings.slots})
  }`,
  typeDefsName: "upper.graphql",
  resolvers: { Query: { upper } },
  resolversName: "jitney.ts",
});
const { url, fields } = await startServer({ schema, port: 0, metrics: true });
for (const { batcher } of fields) times?.follow(batcher);
serveAt(`${url}/graphql`, { times: () => times?.take() });
