// The documentation is tested like code: its snippets compile and run, its tables say what the code says.

import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../src/batching/index.ts";
import { HELP } from "../src/command/help.ts";
import { loadPage } from "./support/batches-files.ts";
import { look } from "./support/batches-viewer.ts";
import { query } from "./support/graphql-client.ts";
import { entriesIn, withoutLog } from "./support/log.ts";
import { scrape } from "./support/scrape.ts";
import { Running, startJitney } from "./support/server-process.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** A folder that looks like the checkout, with the snippets in it where a reader would put them. */
let folder = "";
const snippets: string[] = [];
let readme = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-docs-"));
  await Promise.all(["src", "node_modules"].map((name) => symlink(join(ROOT, name), join(folder, name))));
  const inDocs = (await readdir(join(ROOT, "docs"))).filter((name) => name.endsWith(".md"));
  const pages = ["README.md", ...inDocs.map((name) => `docs/${name}`)];
  for (const page of pages) {
    const text = await readFile(join(ROOT, page), "utf8");
    if (page === "README.md") readme = text;
    for (const [, indent = "", name, body] of text.matchAll(
      /^( *)```(?:ts|graphql)\n *(?:\/\/|#) (\S+)\n([\s\S]*?)^ *```/gm,
    )) {
      const file = join(dirname(page), `${name}`);
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), `${body}`.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
      snippets.push(file);
    }
    const named = [...text.matchAll(/```ts\n *\/\/ \S+\.ts$/gm)].length;
    expect(named, `every snippet of ${page} begins with the name of its file`).toBe(
      text.split("```ts\n").length - 1,
    );
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("every snippet compiles, beside the types that are made as the documentation says", async () => {
  await typesAs("README.md", /^`npm start -- types (.*)` writes/gm, 1);
  await typesAs("docs/types.md", /^npx jitney types (.*)$/gm, 2);
  const config = { extends: join(ROOT, "tsconfig.json"), include: ["*.ts", "docs/*.ts"] };
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", folder]);
  expect(stdout).toBe("");
  expect(snippets).toEqual([
    "shop.graphql",
    "shop.ts",
    "yoga.ts",
    "docs/drain.ts",
    "docs/key.ts",
    "docs/tenants.ts",
    "docs/types.ts",
    "docs/batcher.ts",
    "docs/watch.ts",
    "docs/logger.ts",
    "docs/digest.ts",
    "docs/digests.ts",
    "docs/close.ts",
    "docs/facts.ts",
    "docs/batches.ts",
    "docs/metrics.ts",
    "docs/tracing.ts",
    "docs/sampler.ts",
    "docs/secure.ts",
    "docs/gateway.ts",
    "docs/store.graphql",
    "docs/store.ts",
    "docs/host.ts",
    "docs/rows.ts",
  ]);
});

/** Runs those commands of a page for types where its snippets are. */
async function typesAs(page: string, pattern: RegExp, count: number): Promise<void> {
  const commands = [...(await readFile(join(ROOT, page), "utf8")).matchAll(pattern)];
  expect(commands).toHaveLength(count);
  for (const [, flags = ""] of commands) {
    const args = [join(ROOT, "src/main.ts"), "types", ...flags.split(" ")];
    await run(process.execPath, args, { cwd: join(folder, dirname(page)) });
  }
}

test.each(["docs/drain.ts", "docs/key.ts", "docs/tenants.ts", "docs/types.ts", "docs/digests.ts"])(
  "%s runs and ends by itself",
  async (file) => {
    expect(await run(process.execPath, [join(folder, file)])).toEqual({ stdout: "", stderr: "" });
  },
);

test("the batcher without GraphQL prints what its comments say", async () => {
  const { stdout } = await run(process.execPath, [join(folder, "docs/batcher.ts")]);
  expect(stdout).toMatch(/^upper#1 3 urgent [\d.]+\n\[ 'CAT', 'DOG', 'ANT' \]\n3\n$/);
});

test("who watches the batcher without GraphQL is told who waits", async () => {
  const { stdout } = await run(process.execPath, [join(folder, "docs/watch.ts")]);
  expect(stdout).toBe("upper#1 has 2 for alice and bob\nupper#1 answered\n");
});

test("an operation in a server of one's own is told of its batches", async () => {
  const { stdout } = await run(process.execPath, [join(folder, "docs/facts.ts")]);
  expect(JSON.parse(stdout)).toMatchObject({
    data: { upper: "CAT" },
    extensions: { batches: [{ field: "Query.upper", id: "upper#1", size: 1, reason: "delay" }] },
  });
});

test("a server of one's own has the page /batches, and ends with it open", async () => {
  await using server = await serveSnippet("docs/batches.ts");
  const url = await server.urlOfAddress();
  expect((await loadPage(url)).size).toBeGreaterThan(20);
  await using viewer = await look(url);
  await query(url, '{ upper(x: "cat") }');
  await viewer.sees(({ now }) => now.get("Query.upper")?.totals.batchedKeys === 1);
  server.child.kill("SIGTERM");
  await viewer.ended();
  expect(await server.ended()).toMatchObject({ exitCode: 0, stderr: "" });
});

test("the command with the SDK of the documentation sends every span, also at its end", async () => {
  const sdk = join(folder, "docs/tracing.ts");
  expect(await readFile(join(ROOT, "docs/monitoring.md"), "utf8")).toContain(
    "node_modules/.bin/node --import ./tracing.ts src/main.ts ",
  );
  const args = ["--import", sdk, "src/main.ts", "--port", "0"];
  await using server = new Running(spawn(process.execPath, args, { cwd: ROOT }));
  await query(await server.url(), '{ upper(x: "cat") }');
  server.child.kill("SIGTERM");
  const { stdout, exitCode } = await server.ended();
  expect(exitCode).toBe(0);
  expect(stdout).toContain("name: 'batch Query.upper'");
  expect(stdout).toContain("name: 'POST'");
});

test("the secured server of the documentation answers nobody without a token", async () => {
  const { stdout, stderr } = await run(process.execPath, [join(folder, "docs/secure.ts")]);
  expect({ stdout: withoutLog(stdout), stderr }).toEqual({ stdout: "401\n", stderr: "" });
});

test("the logger of the documentation has the entries of a server", async () => {
  const { stdout } = await run(process.execPath, [join(folder, "docs/logger.ts")]);
  const messages = [/^Jitney ready at/, /^Draining/, /^Drained in/].map((text) =>
    expect.stringMatching(text),
  );
  expect(entriesIn(stdout)).toMatchObject(messages.map((msg) => ({ name: "words", msg })));
});

test("the heavy function is computed on a thread, which is closed at the end", async () => {
  const { stdout } = await run(process.execPath, [join(folder, "docs/close.ts")]);
  expect(stdout).toMatch(/^[\da-f]{32}\n$/);
});

test("the heavy field is served", async () => {
  await writeFile(join(folder, "digests.graphql"), "type Query { digest(text: String!): String! }");
  const files = ["--schema", join(folder, "digests.graphql"), "--resolvers", join(folder, "docs/digests.ts")];
  await using server = startJitney(files);
  const { body } = await query(await server.url(), '{ digest(text: "cat") }');
  expect(body.data).toEqual({ digest: expect.stringMatching(/^[\da-f]{32}$/) });
});

test("the shop of the README sells, through the command of the README", async () => {
  const files = ["--schema", join(folder, "shop.graphql"), "--resolvers", join(folder, "shop.ts")];
  expect(readme).toContain("npm start -- --schema shop.graphql --resolvers shop.ts");
  await using server = startJitney(files);
  const url = await server.url();
  expect(server.log[0]?.fields).toMatchObject({ "Query.price": { maxBatchSize: 100, maxDelayMs: 5 } });
  expect((await query(url, '{ price(article: "apple") }')).body).toEqual({ data: { price: 0.5 } });
  const { body, status } = await query(url, '{ price(article: "plum") }');
  expect([status, body.data, body.errors?.[0]?.extensions]).toEqual([500, null, { code: "BATCH_FAILED" }]);
});

test("the server of one's own in the documentation answers, and is scraped", async () => {
  await using server = await serveSnippet("docs/metrics.ts");
  const url = await server.urlOfAddress();
  expect((await query(url, '{ upper(x: "cat") }')).body).toEqual({ data: { upper: "CAT" } });
  const found = await scrape(url);
  expect(found.value("jitney_keys_total", { field: "Query.upper", outcome: "answered" })).toBe(1);
  expect(found.value("process_cpu_seconds_total")).toBeGreaterThan(0);
});

test("the command of the documentation starts so many workers", async () => {
  const page = await readFile(join(ROOT, "docs/workers.md"), "utf8");
  const [, flags = "", count = ""] = /^npm start -- (--workers (\d+)) /m.exec(page) ?? [];
  await using server = startJitney(flags.split(" "));
  await server.url();
  expect(server.log.find(({ url }) => url !== undefined)?.workers).toBe(Number(count));
});

test("the resolver works in the Yoga server of the README", async () => {
  await using server = await serveSnippet("yoga.ts");
  const { body } = await query(await server.urlOfAddress(), '{ a: upper(x: "cat") b: upper(x: "dog") }');
  expect(body).toEqual({ data: { a: "CAT", b: "DOG" } });
});

/** Runs the server of a snippet, on a free port. */
async function serveSnippet(file: string): Promise<Running> {
  const text = await readFile(join(folder, file), "utf8");
  const port = /(?<=\.listen\()\d+/;
  expect(text).toMatch(port);
  const ending = '\nserver.once("listening", () => console.log(JSON.stringify(server.address())));\n';
  const onAnyPort = join(folder, file.replace(".ts", "-any-port.ts"));
  await writeFile(onAnyPort, text.replace(port, "0") + ending);
  return new Running(spawn(process.execPath, [onAnyPort]));
}

test("the defaults in the README are those of the code", () => {
  for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``));
    expect(row, name).toContain(`| ${value.toLocaleString("en-US")} |`);
  }
});

test("every flag of the command is in the README", () => {
  const flags = HELP.match(/--[a-z-]{2,}/g) ?? [];
  expect(flags.length).toBeGreaterThan(10);
  for (const flag of flags) expect(readme).toContain(flag);
});
