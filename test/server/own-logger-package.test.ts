// The built package's server where pino is not installed: it is needed only for the log that the server writes itself.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { projectWithPackage } from "../support/packed-package.ts";

const run = promisify(execFile);

const SERVE = `
import { buildServedSchema, startServer } from "jitney/server";

const schema = buildServedSchema({
  typeDefs: "type Query { a: Int }",
  typeDefsName: "schema",
  resolvers: { Query: { a: () => 1 } },
  resolversName: "resolvers",
});
const say = (_fields, message) => console.log(message.split(/[ :]/, 1)[0]);
const own = { debug: say, info: say, warn: say, error: say, isLevelEnabled: () => false };
const logger = process.argv[2] === "own" ? { logger: own } : {};
try {
  const server = await startServer({ schema, port: 0, ...logger });
  console.log(await (await fetch(server.url + "/graphql?query={a}")).text());
  await server.drain();
} catch (error) {
  console.log(error.code, error.message);
}
`;

const project = projectWithPackage(["graphql-yoga", "@graphql-tools", "@graphql-yoga"], {
  "serve.js": SERVE,
});

async function said(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, ["serve.js", ...args], { cwd: project.folder })).stdout;
}

test("with a logger of the user's, the server does without", async () => {
  expect(await said("own")).toBe('Jitney\n{"data":{"a":1}}\nDraining\nDrained\n');
});

test("without one, it says in one line what to install", async () => {
  expect(await said()).toMatch(/^START_FAILED cannot load what writes the log, npm i pino@10: .*'pino'.*\n$/);
});
