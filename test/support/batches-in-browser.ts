// The page /batches in a real browser, and what stands on it.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { startBrowser, type TestBrowser, type Visitor } from "./browser.ts";

export const PATIENCE = { timeout: 15_000 };

/** Arguments of a server whose batch function keeps a log of its own. */
export const LOGGING = ["--resolvers", "test/fixtures/logging-upper.ts"];

/** What a browser itself says of a server that is not there, or that wants a token: pages cannot prevent it. */
const OF_THE_BROWSER = /^Failed to load resource: /;

/**
 * Starts one browser for all tests of a `describe`.
 *
 * @returns opens the page of a server, as somebody who leaves when the test ends.
 */
export function useBatchesInBrowser() {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
  });

  return async (url: string, media: Parameters<Page["emulateMedia"]>[0] = {}, address = "") => {
    const visitor = await browser.newVisitor();
    onTestFinished(() => visitor[Symbol.asyncDispose]());
    const page = await visitor.newPage();
    await page.emulateMedia(media);
    await page.goto(`${url}/batches${address}`);
    return { visitor, page };
  };
}

/** A text of the page, on one line. */
export async function said(page: Page, selector: string): Promise<string> {
  return ((await page.locator(selector).textContent()) ?? "").replace(/\s+/g, " ").trim();
}

export const figure = (page: Page, name: string) => said(page, `[data-figure="${name}"]`);

/** A figure, the totals and the status, as they become. */
export const polled = (read: () => Promise<string>) => expect.poll(read, PATIENCE);

export async function total(page: Page, name: string): Promise<number> {
  return Number((await said(page, `[data-total="${name}"]`)).replaceAll(",", ""));
}

export function complaintsOf(visitor: Visitor): readonly string[] {
  return visitor.complaints.filter((complaint) => !OF_THE_BROWSER.test(complaint));
}
