// GraphiQL on a server that needs a token: the page is open, and sends what is put in its tab Headers.

import { describe, expect, test } from "vitest";
import { isBrowserAvailable, startBrowser } from "../support/browser.ts";
import { startJitney } from "../support/server-process.ts";

const TOKEN = "a-token-that-nobody-guesses";

/** How long a page of 9 MB of script may take on a busy machine. */
const PATIENCE = { timeout: 15_000 };

describe.skipIf(!isBrowserAvailable)("in a browser", () => {
  test("a query is refused without the token, and answered with it", async () => {
    await using jitney = startJitney([], { JITNEY_TOKEN: TOKEN });
    const address = `${await jitney.url()}/graphql?query=${encodeURIComponent('{ upper(x: "cat") }')}`;
    const browser = await startBrowser();
    try {
      await using visitor = await browser.newVisitor();
      const page = await visitor.newPage();
      await page.goto(address);
      const execute = page.getByRole("button", { name: /^Execute query/ });
      const shown = async (): Promise<string> =>
        ((await page.getByLabel("Result Window").locator(".view-lines").textContent()) ?? "").replace(
          /\s/g,
          "",
        );
      await execute.click();
      await expect.poll(shown, PATIENCE).toContain("Abearertokenisneeded");

      await page.getByRole("button", { name: "Headers" }).click();
      await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines").click();
      // As a whole: typed letter by letter, the editor would close what is opened.
      await page.keyboard.insertText(JSON.stringify({ Authorization: `Bearer ${TOKEN}` }));
      await execute.click();
      await expect.poll(shown, PATIENCE).toBe('{"data":{"upper":"CAT"}}');
      expect(visitor.foreignRequests).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 60_000);
});
