// Which file a thread loads, before a build and after it, and what is said of one that cannot be loaded.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { inThread } from "../../src/backends/in-thread.ts";
import { call, failureOf } from "../support/threads.ts";

const FILES = {
  "source.ts": "export default (keys: readonly number[]): string[] => keys.map(() => 'source.ts');",
  "both.ts": "export default (keys: readonly number[]): string[] => keys.map(() => 'both.ts');",
  "both.js": "export default (keys) => keys.map(() => 'both.js');",
  "built.js": "export default (keys) => keys.map(() => 'built.js');",
  "module.mjs": "export default (keys) => keys.map(() => 'module.mjs');",
  "common.cjs": "module.exports = (keys) => keys.map(() => 'common.cjs');",
  "synchronous.js": "export default (keys, { id }) => keys.map((key) => id + key);",
  "promises.js":
    "export default (keys) => keys.map(async (key) => { if (key > 1) throw new RangeError(key); return key; });",
  "no-default.js": "export const heavy = () => [];",
  "throws.js": "throw new Error('no model here');",
  "broken.js": "export default (",
  "exits.js": "process.exit(5);",
  "one-value.js": "export default () => 'one';",
  "node_modules/heavy/both.ts": "export default (): string[] => ['both.ts'];",
  "node_modules/heavy/both.js": "export default () => ['both.js'];",
  "node_modules/heavy/source.ts": "export default (): string[] => ['source.ts'];",
};

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-in-thread-"));
  for (const [name, text] of Object.entries({ "package.json": '{ "type": "module" }', ...FILES })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function urlOf(file: string): URL {
  return pathToFileURL(join(folder, file));
}

function answers(module: URL | string, keys: readonly number[] = [1]): Promise<readonly unknown[]> {
  const heavy = inThread<number, unknown>(module, { maxThreads: 1 });
  onTestFinished(() => heavy.close());
  return call(heavy, keys);
}

test.each([
  ["source.ts", "source.ts"],
  ["both.ts", "both.ts"],
  ["built.ts", "built.js"],
  ["module.mts", "module.mjs"],
  ["common.cts", "common.cjs"],
  ["built.js?version=2", "built.js"],
  // Node strips no types there.
  ["node_modules/heavy/both.ts", "both.js"],
])("for %s it loads %s", async (asked, loaded) => {
  expect(await answers(new URL(asked, urlOf("./")))).toEqual([loaded]);
});

test("the text of a URL will do", async () => {
  expect(await answers(urlOf("built.js").href)).toEqual(["built.js"]);
});

test("a function need not be async, and may give promises", async () => {
  expect(await answers(urlOf("synchronous.js"), [1, 2])).toEqual(["heavy#11", "heavy#12"]);
  expect(await answers(urlOf("promises.js"), [1, 2])).toEqual([1, new RangeError("2")]);
});

test("what is no array is the batcher's to refuse", async () => {
  expect(await answers(urlOf("one-value.js"))).toBe("one");
});

test.each([
  ["http://127.0.0.1/heavy.js", 'a file: URL, as new URL("./heavy.ts", import.meta.url) is'],
  ["./heavy.ts", 'a file: URL, as new URL("./heavy.ts", import.meta.url) is'],
  ["file:///no-such-folder/heavy.ts", "the file: URL of a module that exists"],
  ["file://elsewhere/heavy.ts", "the file: URL of a module that exists"],
  ["file:///", "the file: URL of a module that exists"],
])("%s is refused at once", (module, expected) => {
  const message = `module: expected ${expected}, but got: ${JSON.stringify(module)}`;
  expect(() => inThread(module)).toThrow(expect.objectContaining({ name: "OptionError", message }));
});

test.each([
  ["no-default.js", "expected a function as its default export"],
  ["throws.js", "no model here"],
  ["broken.js", "Unexpected end of input"],
  [
    "node_modules/heavy/source.ts",
    expect.stringMatching(/^Stripping types is currently unsupported for files under node_modules/),
  ],
])("%s fails its batches with a line that names it", async (file, why) => {
  const error = await failureOf(answers(urlOf(file)));
  const start = `inThread(${urlOf(file).href}): cannot be loaded: `;
  expect(error.message.slice(0, start.length)).toBe(start);
  expect(error.message.slice(start.length)).toEqual(why);
  expect(error.cause).toBeInstanceOf(Error);
});

test("a module that ends its thread fails the batch", async () => {
  const error = await failureOf(answers(urlOf("exits.js")));
  expect(error.message).toMatch(/: its thread died before it had answered: worker exited with code: 5$/);
});
