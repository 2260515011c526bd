// GraphiQL as a person meets it: in a real browser that can reach nothing but this machine.

import { existsSync } from "node:fs";
import type { Locator, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBrowserAvailable, startBrowser, type TestBrowser } from "../support/browser.ts";
import { type Running, startJitney } from "../support/server-process.ts";

const MAX_PAGE_BYTES = 3_000_000;

/** How long a page of 9 MB of script may take on a busy machine. */
const PATIENCE = { timeout: 15_000 };

const AS_BROWSER = { Accept: "text/html" };

const EXAMPLE = 'queryUpper{first:upper(x:"cat")second:upper(x:"dog")}';
const EXAMPLE_DATA = '"data":{"first":"CAT","second":"DOG"}';
/** What an answer says of a batch of two. */
const BATCH_OF_TWO =
  /"batches":\[\{"field":"Query\.upper","id":"(upper#\d+)","size":2,"waitMs":[\d.]+,"runMs":[\d.]+,"reason":"size"\}\]/;

const editorOf = (page: Page) => page.getByLabel("Operation Editor").locator(".view-lines");
const resultOf = (page: Page) => page.getByLabel("Result Window").locator(".view-lines");
const documentationOf = (page: Page) => page.locator(".graphiql-doc-explorer");
const executeButtonOf = (page: Page) => page.getByRole("button", { name: /^Execute query/ });
const documentationButtonOf = (page: Page) =>
  page.getByRole("button", { name: "Show Documentation Explorer" }).first();

describe("the page", () => {
  let server: Running;
  let address: string;

  beforeAll(async () => {
    server = startJitney([]);
    address = `${await server.url()}/graphql`;
  });

  afterAll(() => server.stop());

  test.each(["br", "gzip"])("comes in less than 3 MB with %s", async (encoding) => {
    const { status, headers, body } = await fetch(address, {
      headers: { ...AS_BROWSER, "Accept-Encoding": encoding },
    });
    await body?.cancel();
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-encoding")).toBe(encoding);
    expect(headers.get("vary")).toMatch(/accept-encoding/i);
    expect(Number(headers.get("content-length"))).toBeGreaterThan(0);
    expect(Number(headers.get("content-length"))).toBeLessThan(MAX_PAGE_BYTES);
  });

  test("is the same page in every encoding", async () => {
    const texts = ["identity", "gzip", "br", "gzip, deflate, br, zstd", "br;q=0, gzip"].map(
      async (encoding) => {
        const response = await fetch(address, { headers: { ...AS_BROWSER, "Accept-Encoding": encoding } });
        return await response.text();
      },
    );
    const [first, ...others] = await Promise.all(texts);
    expect(first).toContain("<title>Jitney</title>");
    expect(others.map((text) => text === first)).toEqual(others.map(() => true));
  });

  test("is not sent to who has it already", async () => {
    const first = await fetch(address, { headers: AS_BROWSER });
    await first.body?.cancel();
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"\S+"$/);
    const second = await fetch(address, { headers: { ...AS_BROWSER, "If-None-Match": etag } });
    expect(second.status).toBe(304);
    expect(second.headers.get("etag")).toBe(etag);
    expect(await second.text()).toBe("");
    const other = await fetch(address, { headers: { ...AS_BROWSER, "If-None-Match": '"another"' } });
    await other.body?.cancel();
    expect(other.status).toBe(200);
  });
});

describe.skipIf(!isBrowserAvailable)("in a browser", () => {
  let server: Running;
  let address: string;
  let browser: TestBrowser;

  beforeAll(async () => {
    const limits = ["--max-batch-size", "2", "--max-delay-ms", "60000", "--timeout-ms", "120000"];
    server = startJitney([...limits, "--batch-facts", "on"]);
    browser = await startBrowser();
    address = `${await server.url()}/graphql`;
  });

  afterAll(async () => {
    await browser?.close();
    await server.stop();
  });

  test("the example runs at the press of a button", async () => {
    await using visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    await page.goto(address);
    await expect.poll(() => shown(editorOf(page)), PATIENCE).toContain(EXAMPLE);
    await executeButtonOf(page).click();
    await expect.poll(() => shown(resultOf(page)), PATIENCE).toContain(EXAMPLE_DATA);
  });

  test("the example runs with Ctrl-Enter", async () => {
    await using visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    await page.goto(address);
    await editorOf(page).click();
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => shown(resultOf(page)), PATIENCE).toContain(EXAMPLE_DATA);
  });

  test("two people share a batch, and each sees the answer to their own word", async () => {
    const isUpper = (request: Request) => request.postData()?.includes("upper(") === true;
    const open = async (page: Page, x: string): Promise<void> => {
      await page.goto(`${address}?query=${encodeURIComponent(`{ upper(x: "${x}") }`)}`);
      await executeButtonOf(page).waitFor();
    };
    const ask = (page: Page) => Promise.all([page.waitForRequest(isUpper), executeButtonOf(page).click()]);
    await using first = await browser.newVisitor();
    await using second = await browser.newVisitor();
    const [firstPage, secondPage] = [await first.newPage(), await second.newPage()];
    let answerCount = 0;
    firstPage.on("response", (response) => {
      if (isUpper(response.request())) answerCount += 1;
    });

    await open(firstPage, "bird");
    await ask(firstPage);
    // One word does not fill the batch, and its time is a minute: the first person waits for the second.
    await open(secondPage, "fish");
    expect(answerCount).toBe(0);
    expect(await shown(resultOf(firstPage))).toBe("");
    await ask(secondPage);
    await expect.poll(() => shown(resultOf(firstPage)), PATIENCE).toContain('"data":{"upper":"BIRD"}');
    await expect.poll(() => shown(resultOf(secondPage)), PATIENCE).toContain('"data":{"upper":"FISH"}');
    expect(answerCount).toBe(1);
    const batches = [firstPage, secondPage].map(
      async (page) => BATCH_OF_TWO.exec((await shown(resultOf(page))) ?? "")?.[1],
    );
    const [ofFirst, ofSecond] = await Promise.all(batches);
    expect(ofFirst).toMatch(/^upper#\d+$/);
    expect(ofSecond).toBe(ofFirst);
    if (process.env.SCREENSHOTS)
      await firstPage.screenshot({ path: `${process.env.SCREENSHOTS}/two-tabs.png` });
    expect(server.log[0]?.fields).toMatchObject({ "Query.upper": { maxBatchSize: 2, maxDelayMs: 60_000 } });
  });

  test("the documentation tells what upper does and takes", async () => {
    await using visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    await page.goto(address);
    await documentationButtonOf(page).click();
    await documentationOf(page).getByText("Query", { exact: true }).click();
    await documentationOf(page).getByText("upper", { exact: true }).click();
    for (const text of [
      "Upper-cases a text.",
      "share one call of the batch function",
      "The text to upper-case",
    ]) {
      await documentationOf(page).getByText(text).waitFor();
    }
  });

  test("the page needs no other server, and complains of nothing", async () => {
    await using visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    await page.goto(address);
    await executeButtonOf(page).click();
    await expect.poll(() => shown(resultOf(page)), PATIENCE).toContain(EXAMPLE_DATA);
    await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
    await documentationButtonOf(page).click();
    await documentationOf(page).getByText("Query", { exact: true }).waitFor();
    expect(visitor.foreignRequests).toEqual([]);
    expect(visitor.complaints).toEqual([]);

    // And if it did need one, or complain, that would have been seen.
    const elsewhere = "http://localhost:1/style.css"; // Another name than the page's, and nobody there.
    await page.evaluate((url) => fetch(url).catch(() => {}), elsewhere);
    await page.evaluate("setTimeout(() => { throw new Error('oh no') })");
    await expect.poll(() => visitor.foreignRequests, PATIENCE).toEqual([elsewhere]);
    await expect.poll(() => visitor.complaints, PATIENCE).toContain("oh no");
  });

  test("the page comes compressed, and is not sent again when it is loaded again", async () => {
    await using visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    // The POST is waited for because a POST to the address of a page takes that page out of a browser's cache.
    const [first] = await Promise.all([page.goto(address), introspectionOf(page)]);
    expect(await first?.headerValue("content-encoding")).toBe("br");
    const firstBytes = await transferredBytes(page);
    expect(firstBytes).toBeGreaterThan(100_000);
    expect(firstBytes).toBeLessThan(MAX_PAGE_BYTES);

    await Promise.all([page.reload(), introspectionOf(page)]);
    expect(await transferredBytes(page)).toBeLessThan(1_000);
  });

  test("the browser leaves neither a process nor a file behind", async () => {
    expect(await browser.countProcesses()).toBeGreaterThan(0);
    expect(existsSync(browser.directory)).toBe(true);
    await browser.close();
    await expect.poll(() => browser.countProcesses(), PATIENCE).toBe(0);
    expect(existsSync(browser.directory)).toBe(false);
  });
});

/** The text of an editor, without white space. */
async function shown(editor: Locator): Promise<string | undefined> {
  return (await editor.textContent())?.replace(/\s/g, "");
}

/** Resolves when the page knows the schema. */
async function introspectionOf(page: Page): Promise<void> {
  const response = await page.waitForResponse((each) => each.request().method() === "POST");
  await response.finished();
}

/** What the page itself cost on the wire, headers included; about 300 where the server had only to say 304. */
function transferredBytes(page: Page): Promise<number> {
  return page.evaluate<number>('performance.getEntriesByType("navigation")[0].transferSize');
}
