// The pages of the built package's server, with the packages that they stand on and without: those are optional.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { entriesIn, withoutLog } from "../support/log.ts";
import { type Project, projectWithPackage } from "../support/packed-package.ts";

const run = promisify(execFile);

const SERVE = `
import { batched } from "jitney";
import { buildServedSchema, startServer } from "jitney/server";

const schema = buildServedSchema({
  typeDefs: "type Query { upper(x: String!): String! @batch }",
  typeDefsName: "schema",
  resolvers: { Query: { upper: batched((keys) => keys.map(({ x }) => x.toUpperCase())) } },
  resolversName: "resolvers",
});
const wanted = Object.fromEntries(process.argv.slice(2).map((page) => [page, true]));
try {
  const server = await startServer({ schema, port: 0, ...wanted });
  for (const page of ["/metrics", "/batches"]) console.log(page, (await fetch(server.url + page)).status);
  await server.drain();
} catch (error) {
  console.log(error.code, error.message);
}
`;

const SERVER = ["graphql-yoga", "@graphql-tools", "@graphql-yoga", "pino"];
const bare = projectWithPackage(SERVER, { "serve.js": SERVE });
const whole = projectWithPackage([...SERVER, "prom-client", "uplot", "eventsource-parser"], {
  "serve.js": SERVE,
});

/** What the server says, and which pages it names when it is ready. */
async function serveFrom({ folder }: Project, ...wanted: readonly string[]) {
  const { stdout, stderr } = await run(process.execPath, ["serve.js", ...wanted], { cwd: folder });
  const ready = entriesIn(stdout).find(({ msg }) => String(msg).startsWith("Jitney ready"));
  return { said: withoutLog(stdout), pages: Object.keys(ready?.pages ?? {}), stderr };
}

test("with those, the server has the pages without being told", async () => {
  expect(await serveFrom(whole)).toEqual({
    said: "/metrics 200\n/batches 200\n",
    pages: ["graphiql", "batches", "metrics", "health", "ready"],
    stderr: "",
  });
});

test("without, the server has none, names none, and does what else it does", async () => {
  expect(await serveFrom(bare)).toEqual({
    said: "/metrics 404\n/batches 404\n",
    pages: ["graphiql", "health", "ready"],
    stderr: "",
  });
});

test.each([
  ["metrics", "cannot serve /metrics: metrics need prom-client: npm i prom-client@15"],
  [
    "batchesPage",
    "cannot serve /batches: the page needs uplot and eventsource-parser: npm i uplot@1.6 eventsource-parser@4",
  ],
])("without, a server that is to have %s says in one line what to install", async (page, message) => {
  const { said } = await serveFrom(bare, page);
  expect(said).toBe(`START_FAILED ${message}\n`);
});
