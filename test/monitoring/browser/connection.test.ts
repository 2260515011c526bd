// How the page /batches stands to its server: it is lost and found again, and wants a token.

import { describe, expect, test } from "vitest";
import { batched } from "../../../src/index.ts";
import {
  complaintsOf,
  figure,
  LOGGING,
  PATIENCE,
  polled,
  said,
  total,
  useBatchesInBrowser,
} from "../../support/batches-in-browser.ts";
import { isBrowserAvailable } from "../../support/browser.ts";
import { networkTo } from "../../support/fragile-network.ts";
import { upper as askUpper } from "../../support/graphql-client.ts";
import { loggedCalls } from "../../support/logged-calls.ts";
import { serve } from "../../support/serve.ts";
import { startJitney } from "../../support/server-process.ts";

const TOKEN = "a-token-that-nobody-guesses";

describe.skipIf(!isBrowserAvailable)("in a browser", () => {
  const open = useBatchesInBrowser();

  test("a server that is gone is said to be, and is found again when it is back", async () => {
    const args = ["--max-batch-size", "2", "--max-delay-ms", "5", ...LOGGING];
    await using first = startJitney(args);
    const url = await first.url();
    const { visitor, page } = await open(url);
    await askUpper(url, "cat");
    await expect.poll(() => total(page, "batches"), PATIENCE).toBe(1);
    await polled(() => figure(page, "mean-rest")).toBe("of 2 keys, in 1 batch");
    await first.stop();
    await polled(() => said(page, "#status")).toMatch(
      /^Connection lost at \d\d:\d\d:\d\d\. What is shown is from then\.$/,
    );
    expect(await page.locator("main").evaluate((main) => getComputedStyle(main).filter)).toBe("grayscale(1)");
    await polled(() => said(page, "#retry-in")).toMatch(/^Trying again in \d+ s$|^Trying…$/);
    expect(await page.getByRole("button", { name: "Try now" }).isVisible()).toBe(true);

    await using second = startJitney([...args, "--port", new URL(url).port]);
    await second.url();
    // By itself.
    await polled(() => said(page, "#status")).toBe("Live");
    await expect.poll(() => total(page, "batches"), PATIENCE).toBe(0);
    await askUpper(url, "dog");
    await expect.poll(() => total(page, "batches"), PATIENCE).toBe(1);
    // What the page has seen of the server before it is not forgotten.
    await polled(() => figure(page, "mean-rest")).toBe("of 2 keys, in 2 batches");
    expect(complaintsOf(visitor)).toEqual([]);
  });

  test("a connection that breaks loses no number, and counts none twice", async () => {
    await using server = startJitney(["--max-batch-size", "2", "--max-delay-ms", "5", ...LOGGING]);
    const url = await server.url();
    await using network = await networkTo(url);
    const { page } = await open(network.url);
    await polled(() => said(page, "#status")).toBe("Live");
    const askedAfter: string[] = [];
    page.on("request", (request) => askedAfter.push(request.headers()["last-event-id"] ?? ""));
    await askUpper(url, "cat");
    await polled(() => figure(page, "mean-rest")).toBe("of 2 keys, in 1 batch");
    for (let round = 0; round < 3; round += 1) {
      network.cut();
      await polled(() => said(page, "#status")).toContain("Connection lost");
      for (let index = 0; index < 10; index += 1) await askUpper(url, `word-${round}-${index}`);
      network.mend();
      // Not by a pointer: the button is gone as soon as the page has found the server by itself.
      await page.evaluate("document.getElementById('retry').click()");
      await polled(() => said(page, "#status")).toBe("Live");
      const { length } = loggedCalls(server);
      await polled(() => figure(page, "mean-rest")).toBe(`of 2 keys, in ${length} batches`);
      expect(await total(page, "batches")).toBe(length);
    }
    expect(loggedCalls(server).length).toBe(31);
    expect(askedAfter.filter((id) => !/^[\w-]{36}:\d+$/.test(id))).toEqual([]);
  });

  test("a connection that falls silent is not taken for live, and is made anew by itself", async () => {
    await using server = startJitney(LOGGING);
    await using network = await networkTo(await server.url());
    const { page } = await open(network.url);
    await polled(() => said(page, "#status")).toBe("Live");
    network.silence();
    await polled(() => said(page, "#status")).toContain("Connection lost");
    // Those that the browser keeps are silent too.
    network.cut();
    network.mend();
    await polled(() => said(page, "#status")).toBe("Live");
  });

  test("a server that shuts down in order says so", async () => {
    const typeDefs = "type Query { upper(x: String!): String! @batch }";
    const upper = batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x));
    const server = await serve(typeDefs, { Query: { upper } });
    const { page } = await open(server.url);
    await polled(() => said(page, "#status")).toBe("Live");
    await server.drain();
    await polled(() => said(page, "#status")).toMatch(/^The server shut down at /);
  });

  test("who needs a token is asked for it; it is kept for the tab, and in no address", async () => {
    await using server = startJitney(LOGGING, { JITNEY_TOKEN: TOKEN });
    const { visitor, page } = await open(await server.url());
    const addresses: string[] = [];
    page.on("request", (request) => addresses.push(request.url()));
    const field = page.getByLabel("Bearer token");
    await field.waitFor();
    expect(await said(page, "#token-message")).toBe("This server shows its batches to who has a token.");
    expect(await said(page, "#status")).toBe("A token is needed");
    await field.fill("another");
    await page.keyboard.press("Enter");
    await polled(() => said(page, "#token-message")).toBe("The bearer token is not valid");
    await field.fill(TOKEN);
    await page.getByRole("button", { name: "Show the batches" }).click();
    await polled(() => said(page, "#status")).toBe("Live");
    expect(await field.isVisible()).toBe(false);
    await page.reload();
    await polled(() => said(page, "#status")).toBe("Live");
    expect(addresses.filter((address) => address.includes(TOKEN))).toEqual([]);
    expect(complaintsOf(visitor)).toEqual([]);
  });

  test("a token that no header can hold is not sent; one is kept for the page where nothing can be stored", async () => {
    await using server = startJitney(LOGGING, { JITNEY_TOKEN: TOKEN });
    const { visitor, page } = await open(await server.url());
    await page.addInitScript(
      "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('refused', 'SecurityError') } })",
    );
    await page.reload();
    const field = page.getByLabel("Bearer token");
    await field.fill("pass–word");
    const button = page.getByRole("button", { name: "Show the batches" });
    await button.click();
    await page.locator("#token-input:invalid").waitFor();
    expect(await said(page, "#status")).toBe("A token is needed");
    await field.fill(` ${TOKEN} `);
    await button.click();
    await polled(() => said(page, "#status")).toBe("Live");
    expect(complaintsOf(visitor)).toEqual([]);
  });
});
