// /batches as a person meets it: in a real browser, under a load over real HTTP.

import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { batched, createBatcher } from "../../src/index.ts";
import {
  complaintsOf,
  figure,
  LOGGING,
  PATIENCE,
  polled,
  said,
  total,
  useBatchesInBrowser,
} from "../support/batches-in-browser.ts";
import { isBrowserAvailable } from "../support/browser.ts";
import { upper as askUpper } from "../support/graphql-client.ts";
import { loggedCalls } from "../support/logged-calls.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { serve } from "../support/serve.ts";
import { serveFields } from "../support/serve-fields.ts";
import { startJitney } from "../support/server-process.ts";

const SEED = 20_261_125;

/** The rows of the table of a plot, in words and numbers. */
async function tableOf(page: Page, title: string): Promise<string[][]> {
  const plot = page.locator("figure", { has: page.getByRole("heading", { name: title }) });
  const details = plot.locator("details");
  if ((await details.getAttribute("open")) === null) await plot.locator("summary").click();
  return await plot
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

describe.skipIf(!isBrowserAvailable)("in a browser", () => {
  const open = useBatchesInBrowser();

  test("the numbers on the page are those of the batch function's own log", async () => {
    await using server = startJitney(["--max-batch-size", "6", "--max-delay-ms", "8", ...LOGGING]);
    const url = await server.url();
    const { visitor, page } = await open(url);
    await polled(() => said(page, "#status")).toBe("Live");
    const random = new SeededRandom(SEED);
    const answers: Promise<unknown>[] = [];
    for (let index = 0; index < 500; index += 1) {
      answers.push(askUpper(url, `word-${index}`));
      if (random.chance(0.25)) await sleep(random.integer(1, 14));
      // In several seconds: what is counted in one must not be in the next.
      if (index === 250) await sleep(1_200);
    }
    await Promise.all(answers);

    const log = loggedCalls(server);
    expect(log.flat().length).toBe(500);
    const message = `seed ${SEED}`;
    await expect.poll(() => total(page, "batches"), { ...PATIENCE, message }).toBe(log.length);
    await polled(() => figure(page, "saved-rest")).toBe(`${log.length} calls for 500 keys`);
    expect(await total(page, "batchedKeys")).toBe(500);
    expect(await total(page, "answered")).toBe(500);
    expect(await total(page, "loads")).toBe(500);

    const counts = new Map<number, number>();
    for (const { length } of log) counts.set(length, (counts.get(length) ?? 0) + 1);
    const expected = [...counts]
      .sort(([one], [other]) => one - other)
      .map(([size, count]) => [size === 1 ? "1 key" : `${size} keys`, String(count)]);
    await expect.poll(() => tableOf(page, "Batches by size"), { ...PATIENCE, message }).toEqual(expected);
    expect(await figure(page, "rate-rest")).toBe("500 keys");
    expect(await figure(page, "mean-rest")).toBe(`of 6 keys, in ${log.length} batches`);
    const saved = Math.round((1 - log.length / 500) * 100);
    expect(await figure(page, "saved")).toBe(`${saved}%`);
    expect(await figure(page, "mean")).toBe(String(Math.round((500 / log.length) * 10) / 10));
    expect([visitor.complaints, visitor.foreignRequests]).toEqual([[], []]);
  });

  test("the vehicle fills: how many of how many, and how long until it leaves", async () => {
    await using server = startJitney(["--max-batch-size", "4", "--max-delay-ms", "25000", ...LOGGING]);
    const url = await server.url();
    const { page } = await open(url);
    await polled(() => figure(page, "taken")).toBe("0 of 4 keys");
    await polled(() => figure(page, "leaves")).toBe("no key waits");
    await page.getByText("Nobody has asked for Query.upper yet").waitFor();
    const answers = ["cat", "dog", "ant"].map((word) => askUpper(url, word));
    await polled(() => figure(page, "taken")).toBe("3 of 4 keys");
    expect(await page.locator('.seat[data-taken="true"]').count()).toBe(3);
    expect(await page.locator(".seat").count()).toBe(4);
    await polled(() => figure(page, "leaves")).toMatch(/^leaves in 2\d s$/);
    const secondsLeft = async () => Number(/\d+/.exec(await figure(page, "leaves"))?.[0]);
    const before = await secondsLeft();
    await expect.poll(secondsLeft, PATIENCE).toBeLessThan(before);
    expect(await figure(page, "queue")).toBe("3 callers of 10,000 at most");
    answers.push(askUpper(url, "bee"));
    expect(await Promise.all(answers)).toEqual(["CAT", "DOG", "ANT", "BEE"]);
    await polled(() => figure(page, "why")).toBe("All batches leave full.");
    await polled(() => figure(page, "how")).toMatch(
      /^Half of the answers took at most .+, and 99% at most .+\. In a typical batch the first caller waited .+ for the batch to leave, .+ for the batch function\.$/,
    );
    expect(await figure(page, "taken")).toBe("0 of 4 keys");
    expect(await page.getByText("Nobody has asked").isVisible()).toBe(false);
  });

  test("batches run in their slots, the queue is shown against its bound", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const upper = batched(async (keys: readonly { x: string }[]) => {
      await held;
      return keys.map(({ x }) => x.toUpperCase());
    });
    const limits = "maxBatchSize: 2, maxDelayMs: 20000, concurrency: 3, maxQueueSize: 8";
    await using server = await serve(`type Query { upper(x: String!): String! @batch(${limits}) }`, {
      Query: { upper },
    });
    const { page } = await open(server.url);
    const answers: Promise<unknown>[] = [];
    for (let index = 0; index < 4; index += 1) answers.push(askUpper(server.url, `word-${index}`));
    await polled(() => figure(page, "slots")).toBe("2 of 3 slots taken");
    const bays = page.locator(".bays li");
    const texts = async () => (await bays.allTextContents()).map((text) => text.replace(/\s+/g, " "));
    await expect
      .poll(texts, PATIENCE)
      .toEqual([
        expect.stringMatching(/^#12 keys[\d.]+ m?sfull$/),
        expect.stringMatching(/^#22 keys[\d.]+ m?sfull$/),
        "free",
      ]);
    for (let index = 4; index < 12; index += 1) answers.push(askUpper(server.url, `word-${index}`));
    await polled(() => figure(page, "slots")).toBe("3 of 3 slots taken");
    await polled(() => figure(page, "queue")).toBe("6 callers of 8 at most");
    expect(await figure(page, "taken")).toBe("2 of 2 keys");
    expect(await figure(page, "leaves")).toBe("waits for a slot");
    expect(await figure(page, "beside")).toBe("4 keys more for the batches after it.");
    expect(await page.getByRole("meter", { name: "Queue" }).getAttribute("aria-valuenow")).toBe("6");
    release();
    expect((await Promise.all(answers)).length).toBe(12);
    await polled(() => figure(page, "slots")).toBe("0 of 3 slots taken");
  });

  test("a page that is paused stays as it is, and then shows what has happened", async () => {
    await using server = startJitney(["--max-delay-ms", "5", ...LOGGING]);
    const url = await server.url();
    const { page } = await open(url);
    await askUpper(url, "cat");
    await expect.poll(() => total(page, "loads"), PATIENCE).toBe(1);
    await page.getByRole("button", { name: "Pause" }).click();
    await polled(() => said(page, "#status")).toMatch(/^Paused at \d\d:\d\d:\d\d$/);
    const paused = await page.locator("main").innerText();
    await askUpper(url, "dog");
    await sleep(2_500);
    expect(await page.locator("main").innerText()).toBe(paused);
    await page.getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => total(page, "loads"), PATIENCE).toBe(2);
    await polled(() => figure(page, "rate-rest")).toBe("2 keys");
    expect(await said(page, "#status")).toBe("Live");
  });

  test("each field has an address of its own, whatever its name; another address shows the first", async () => {
    const batcher = createBatcher<unknown, unknown>((keys) => keys);
    const names = ["words", "100% of Zoë's words & more"];
    const { url } = await serveFields(names.map((coordinate) => ({ coordinate, batcher })));
    const { page, visitor } = await open(url, {}, "#%zz");
    await polled(() => said(page, "#field-name")).toBe("words");
    await page.getByRole("link", { name: "100%" }).click();
    await polled(() => said(page, "#field-name")).toBe(names[1]);
    const { page: again } = await open(url, {}, new URL(page.url()).hash);
    await polled(() => said(again, "#field-name")).toBe(names[1]);
    expect(complaintsOf(visitor)).toEqual([]);
  });

  test("a server without batched fields says so", async () => {
    await using server = await serve("type Query { one: Int }", { Query: { one: () => 1 } });
    const { page } = await open(server.url);
    await page.getByText("This server has no batched fields.").waitFor();
  });
});
