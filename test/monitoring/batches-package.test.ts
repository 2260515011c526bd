// /batches from the built package, with the packages that it stands on and without: they are optional.

import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { loadPage } from "../support/batches-files.ts";
import { look } from "../support/batches-viewer.ts";
import { compile, type Project, projectWithPackage } from "../support/packed-package.ts";
import { Running } from "../support/server-process.ts";

const run = promisify(execFile);

const SERVE = `
import { createServer } from "node:http";
import { createBatcher } from "jitney";
import { createBatchesPage, type BatchesPage } from "jitney/batches-page";

const batcher = createBatcher<unknown, unknown>((keys) => keys);
const page: BatchesPage = createBatchesPage([{ coordinate: "words", batcher }]);
const server = createServer((request, response) => page(request.url ?? "")?.answer(request, response));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())));
process.once("SIGTERM", () => {
  page.close();
  server.close();
});
`;

const bare = projectWithPackage([], { "serve.ts": SERVE });
const whole = projectWithPackage(["uplot", "eventsource-parser"], { "serve.ts": SERVE });

function serveFrom({ folder }: Project): Running {
  return new Running(spawn(process.execPath, ["serve.ts"], { cwd: folder }));
}

test("its types compile in a strict project that checks them too", async () => {
  expect(await compile(whole.folder, ["--noEmit", "serve.ts"])).toBe("");
});

test("the page and every file that it names are in the package", async () => {
  await using server = serveFrom(whole);
  const url = await server.urlOfAddress();
  const found = await loadPage(url);
  expect([...found].filter(([, { status }]) => status !== 200)).toEqual([]);
  expect(found.size).toBeGreaterThan(20);
  await using viewer = await look(url);
  expect(viewer.hello.fields).toEqual(["words"]);
  server.child.kill("SIGTERM");
  expect(await server.ended()).toMatchObject({ exitCode: 0, stderr: "" });
});

test("no test, no source and no set-up of the page's is in the package beside them", async () => {
  const { stdout } = await run("ls", [join(whole.folder, "node_modules/jitney/dist/monitoring/browser")]);
  expect(stdout.split("\n").filter((name) => !/^[\w-]+\.(js|css|html)$|^$/.test(name))).toEqual([]);
});

test("without what it stands on, it says what to install", async () => {
  await using server = serveFrom(bare);
  const { exitCode, stderr } = await server.ended();
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    "the page needs uplot and eventsource-parser: npm i uplot@1.6 eventsource-parser@4",
  );
});
