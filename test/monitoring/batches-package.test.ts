// /batches from the built package, with the packages that it stands on and without: they are optional.

import { execFile, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
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

let bare: Project;
let whole: Project;

beforeAll(async () => {
  [bare, whole] = [await projectWithPackage(), await projectWithPackage(["uplot", "eventsource-parser"])];
  for (const { folder } of [bare, whole]) await writeFile(join(folder, "serve.ts"), SERVE);
});

afterAll(async () => {
  for (const project of [bare, whole]) await project[Symbol.asyncDispose]();
});

async function serveFrom({ folder }: Project) {
  const server = new Running(spawn(process.execPath, ["serve.ts"], { cwd: folder }));
  const [, port] = await server.printed(/"port":(\d+)/);
  return Object.assign(server, {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void (await server.stop()),
  });
}

test("its types compile in a strict project that checks them too", async () => {
  expect(await compile(whole.folder, ["--noEmit", "serve.ts"])).toBe("");
});

test("the page and every file that it names are in the package", async () => {
  await using server = await serveFrom(whole);
  const found = await loadPage(server.url);
  expect([...found].filter(([, { status }]) => status !== 200)).toEqual([]);
  expect(found.size).toBeGreaterThan(20);
  await using viewer = await look(server.url);
  expect(viewer.hello.fields).toEqual(["words"]);
  server.child.kill("SIGTERM");
  expect(await server.ended()).toMatchObject({ exitCode: 0, stderr: "" });
});

test("no test, no source and no set-up of the page's is in the package beside them", async () => {
  const { stdout } = await run("ls", [join(whole.folder, "node_modules/jitney/dist/monitoring/browser")]);
  expect(stdout.split("\n").filter((name) => !/^[\w-]+\.(js|css|html)$|^$/.test(name))).toEqual([]);
});

test("without what it stands on, it says what to install", async () => {
  const server = new Running(spawn(process.execPath, ["serve.ts"], { cwd: bare.folder }));
  const { exitCode, stderr } = await server.ended();
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    "the page needs uplot and eventsource-parser: npm i uplot@1.6 eventsource-parser@4",
  );
});
