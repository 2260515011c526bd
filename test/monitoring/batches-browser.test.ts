// /batches as a person meets it: in a real browser, under a load over real HTTP.

import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { batched, createBatcher } from "../../src/index.ts";
import { isBrowserAvailable, startBrowser, type TestBrowser, type Visitor } from "../support/browser.ts";
import { networkTo } from "../support/fragile-network.ts";
import { upper as askUpper } from "../support/graphql-client.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type ServedJitney, serve } from "../support/serve.ts";
import { serveFields } from "../support/serve-fields.ts";
import { type Running, startJitney } from "../support/server-process.ts";

const PATIENCE = { timeout: 15_000 };
const SEED = 20_261_125;
const TOKEN = "a-token-that-nobody-guesses";
const LOGGING = ["--resolvers", "test/fixtures/logging-upper.ts"];

/** What a browser itself says of a server that is not there, or that wants a token: pages cannot prevent it. */
const OF_THE_BROWSER = /^Failed to load resource: /;

/** A text of the page, on one line. */
async function said(page: Page, selector: string): Promise<string> {
  return ((await page.locator(selector).textContent()) ?? "").replace(/\s+/g, " ").trim();
}

const figure = (page: Page, name: string) => said(page, `[data-figure="${name}"]`);

/** A figure, the totals and the status, as they become. */
const polled = (read: () => Promise<string>) => expect.poll(read, PATIENCE);

async function total(page: Page, name: string): Promise<number> {
  return Number((await said(page, `[data-total="${name}"]`)).replaceAll(",", ""));
}

/** The rows of the table of a plot, in words and numbers. */
async function tableOf(page: Page, title: string): Promise<string[][]> {
  const plot = page.locator("figure", { has: page.getByRole("heading", { name: title }) });
  const details = plot.locator("details");
  if ((await details.getAttribute("open")) === null) await plot.locator("summary").click();
  return await plot
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

/** The calls of the batch function, as its own log tells them. */
function calls(server: Running): readonly (readonly string[])[] {
  return server.stdout
    .split("\n")
    .filter((line) => line.startsWith("call "))
    .map((line) => JSON.parse(line.slice("call ".length)));
}

function complaintsOf(visitor: Visitor): readonly string[] {
  return visitor.complaints.filter((complaint) => !OF_THE_BROWSER.test(complaint));
}

/** Every element of the page that is wider than it. */
function tooWide(page: Page): Promise<unknown> {
  return page.evaluate(
    "[document.documentElement.scrollWidth > innerWidth, ...[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5 && each.closest('.scroll, svg, .canvas, nav') === null).map((each) => each.outerHTML.slice(0, 80))]",
  );
}

describe.skipIf(!isBrowserAvailable)("in a browser", () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function open(url: string, media: Parameters<Page["emulateMedia"]>[0] = {}, address = "") {
    const visitor = await browser.newVisitor();
    onTestFinished(() => visitor[Symbol.asyncDispose]());
    const page = await visitor.newPage();
    await page.emulateMedia(media);
    await page.goto(`${url}/batches${address}`);
    return { visitor, page };
  }

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

    const log = calls(server);
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
      const { length } = calls(server);
      await polled(() => figure(page, "mean-rest")).toBe(`of 2 keys, in ${length} batches`);
      expect(await total(page, "batches")).toBe(length);
    }
    expect(calls(server).length).toBe(31);
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

  describe("with many fields", () => {
    const names = Array.from({ length: 30 }, (_, index) => `field${index}`);
    const typeDefs = `type Query { ${names.map((name) => `${name}(x: String!): String! @batch(maxBatchSize: ${name.length * 9})`).join(" ")} }`;

    async function serveMany() {
      const resolver = () => batched((keys: readonly { x: string }[]) => keys.map(({ x }) => x));
      const Query = Object.fromEntries(names.map((name) => [name, resolver()]));
      return await serve(typeDefs, { Query });
    }

    test("a keyboard is enough: to skip, to find a field, to look at it, and to pause", async () => {
      await using server = await serveMany();
      const { page } = await open(server.url);
      await page.getByRole("link", { name: "Query.field29" }).waitFor();
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("Skip to the field");
      await page.keyboard.press("Enter");
      expect(await page.evaluate("document.activeElement.id")).toBe("field");
      expect(await said(page, "#field-name")).toBe("Query.field0");
      await page.keyboard.press("Shift+Tab");
      expect(await focused(page)).toContain("Query.field29");
      expect(await outlineOf(page)).toMatch(/^solid [23]/);
      await page.keyboard.press("Enter");
      await polled(() => said(page, "#field-name")).toBe("Query.field29");
      expect(await page.locator("[aria-current]").innerText()).toContain("Query.field29");
      const filter = page.getByRole("searchbox", { name: "Find a field" });
      await filter.focus();
      await page.keyboard.type("d17");
      expect(await page.getByRole("link", { name: "Query." }).count()).toBe(1);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await polled(() => said(page, "#field-name")).toBe("Query.field17");
      const pause = page.getByRole("button", { name: "Pause" });
      await pause.focus();
      await page.keyboard.press("Space");
      await polled(() => said(page, "#status")).toContain("Paused");
      const summary = page.locator("summary").first();
      await summary.focus();
      await page.keyboard.press("Enter");
      expect(await page.locator("details[open]").count()).toBe(1);
    });

    test("a phone of 360 pixels scrolls in one direction alone", async () => {
      await using server = await serveMany();
      const { page } = await open(server.url);
      await page.setViewportSize({ width: 360, height: 740 });
      await page.getByRole("link", { name: "Query.field29" }).waitFor();
      await expect.poll(() => tooWide(page), PATIENCE).toEqual([false]);
      expect(await page.locator(".canvas canvas").first().isVisible()).toBe(true);
      await page.setViewportSize({ width: 1280, height: 900 });
      await expect.poll(() => tooWide(page), PATIENCE).toEqual([false]);
    });
  });

  describe("it says in words why batches are not full, and what requests waited for", () => {
    const limits = { maxBatchSize: 32, maxBatchWeight: null, maxDelayMs: 10, concurrency: 4 };
    const times = { wait: [10.5, 12], run: [2, 4], answer: [12, 15] };
    const minute = { ms: 60_000, keys: 0, batches: 0, calls: 0, reasons: {} };
    const now = { limits, times, filling: null, partitions: 1 };

    test.each([
      [{}, {}, "No batch has left in the last minute, and none is filling."],
      [{}, { filling: { keys: 1 } }, "No batch has left in the last minute: the first one is still filling."],
      [
        { keys: 300, batches: 100, reasons: { delay: 98, size: 2 } },
        {},
        "Most batches (98%) leave because of the delay (10 ms), on average with 3 of 32 seats taken: load comes slower than that fills a batch. 32 keys take 6.4 s to come, at 5 a second.",
      ],
      [
        { keys: 300_000, batches: 10_000, reasons: { delay: 9_999, size: 1 } },
        {},
        "Most batches (99.9%) leave because of the delay (10 ms), on average with 30 of 32 seats taken: keys come in bursts, with pauses between them.",
      ],
      [
        { keys: 300, batches: 100, reasons: { delay: 100 } },
        { partitions: 3 },
        "All batches leave because of the delay (10 ms), on average with 3 of 32 seats taken: load comes slower than that fills a batch. 32 keys take 6.4 s to come, at 5 a second. Keys of 3 partitions share no batch.",
      ],
      [{ keys: 320, batches: 10, reasons: { size: 10 } }, {}, "All batches leave full."],
      [
        { keys: 320, batches: 10, reasons: { size: 9, delay: 1 } },
        { times: { ...times, wait: [45, 60] } },
        "Most batches (90%) leave full, 10% because of the delay (10 ms). They wait for one of 4 slots: keys come faster than the batch function takes them.",
      ],
      [
        { keys: 20, batches: 10, reasons: { urgent: 4, delay: 3, size: 3 } },
        {},
        "Many batches (40%) leave early because a caller was in a hurry, on average with 2 of 32 seats taken.",
      ],
    ])("%j %j", async (ofMinute, ofNow, sentence) => {
      const { page } = await openAny();
      expect(await tell(page, "whyNotFull", { ...minute, ...ofMinute }, { ...now, ...ofNow })).toBe(sentence);
    });

    test.each([
      [{ wait: null, run: null, answer: null }, "Nobody has had an answer in the last minute."],
      [
        times,
        "Half of the answers took at most 12 ms, and 99% at most 15 ms. In a typical batch the first caller waited 10.5 ms for the batch to leave, 2 ms for the batch function.",
      ],
      [
        { ...times, wait: [45, 60] },
        "Half of the answers took at most 12 ms, and 99% at most 15 ms. In a typical batch the first caller waited 10 ms for the batch to leave, 35 ms for a free slot, 2 ms for the batch function.",
      ],
    ])("%j", async (ofMinute, sentence) => {
      const { page } = await openAny();
      expect(await tell(page, "howLong", { ...now, times: ofMinute })).toBe(sentence);
    });

    async function tell(page: Page, name: string, ...values: object[]): Promise<string> {
      const call = `import("./batches/verdict.js").then((verdict) => verdict.${name}(...${JSON.stringify(values)}))`;
      return (await page.evaluate<string>(call)).replaceAll("\u00a0", " ");
    }

    let server: ServedJitney | undefined;

    async function openAny() {
      server ??= await serve("type Query { one: Int }", { Query: { one: () => 1 } });
      return await open(server.url);
    }

    afterAll(async () => {
      await server?.drain();
    });

    test("a server without batched fields says so", async () => {
      const { page } = await openAny();
      await page.getByText("This server has no batched fields.").waitFor();
    });
  });

  test.each(["light", "dark"] as const)(
    "in %s, every text has the contrast of WCAG AA",
    async (colorScheme) => {
      await using server = startJitney(["--max-delay-ms", "20", ...LOGGING]);
      const url = await server.url();
      const { page } = await open(url, { colorScheme });
      await askUpper(url, "cat");
      await polled(() => figure(page, "why")).toContain("delay");
      expect(await page.evaluate<string[]>(`(${lowContrasts.toString()})()`)).toEqual([]);
    },
  );

  test("a batch that leaves now and then is seen in the plots too", async () => {
    await using server = startJitney(["--max-delay-ms", "1", ...LOGGING]);
    const url = await server.url();
    const { page } = await open(url, { colorScheme: "light" });
    await polled(() => said(page, "#status")).toBe("Live");
    const colored = (title: string) =>
      page
        .getByRole("img", { name: title })
        .locator("canvas")
        .evaluate((element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {
            data: [],
          };
          let count = 0;
          for (let index = 0; index < data.length; index += 4) {
            const [red = 0, green = 0, blue = 0] = data.slice(index, index + 3);
            if (Math.max(red, green, blue) - Math.min(red, green, blue) > 120) count += 1;
          }
          return count;
        });
    await sleep(1_500);
    await askUpper(url, "cat");
    for (const title of ["Calls saved", "Wait of", "Run of", "Batches by size"]) {
      // A batch of one saves nothing, and took no time: a dot at the foot.
      await expect.poll(() => colored(title), PATIENCE).toBeGreaterThan(3);
    }
  });

  test("colours follow the system while the page is open, those of the plots too", async () => {
    await using server = startJitney(LOGGING);
    const { page } = await open(await server.url(), { colorScheme: "light" });
    await polled(() => said(page, "#status")).toBe("Live");
    const canvas = page.locator(".canvas canvas").first();
    await canvas.waitFor();
    // No new number draws anything anew.
    await page.getByRole("button", { name: "Pause" }).click();
    await polled(() => said(page, "#status")).toContain("Paused");
    const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const ink = () =>
      canvas.evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement;
        const { data } = (element as HTMLCanvasElement)
          .getContext("2d")
          ?.getImageData(0, 0, width, height) ?? {
          data: [],
        };
        let [sum, count] = [0, 0];
        for (let index = 0; index < data.length; index += 4) {
          if ((data[index + 3] ?? 0) < 200) continue;
          sum += data[index] ?? 0;
          count += 1;
        }
        return sum / count;
      });
    const [lightGround, lightInk] = [await ground(), await ink()];
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(ground, PATIENCE).not.toBe(lightGround);
    await expect.poll(async () => Math.abs((await ink()) - lightInk) > 20, PATIENCE).toBe(true);
  });

  test("nothing moves for who wants less motion, and only the status is spoken", async () => {
    await using server = startJitney(LOGGING);
    const { page } = await open(await server.url(), { reducedMotion: "reduce" });
    await page.locator(".seat").first().waitFor();
    const moving =
      "[...document.querySelectorAll('*')].filter((each) => getComputedStyle(each).transitionDuration !== '0s' || getComputedStyle(each).animationName !== 'none').length";
    expect(await page.evaluate(moving)).toBe(0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await page.evaluate<number>(moving)).toBeGreaterThan(0);
    expect(await page.locator("[aria-live], [role=status], [role=alert], [role=log]").count()).toBe(1);
    expect(await page.locator(".canvas:not([aria-label])").count()).toBe(0);
  });
});

function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.textContent.trim()");
}

function outlineOf(page: Page): Promise<string> {
  return page.evaluate<string>(
    "getComputedStyle(document.activeElement).outlineStyle + ' ' + getComputedStyle(document.activeElement).outlineWidth",
  );
}

/** Runs in the page: texts that are too near to what is behind them (WCAG 2.2, success criterion 1.4.3). */
function lowContrasts(): string[] {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own globals, which Node has not.
  const { document, getComputedStyle } = globalThis as any;
  const numbers = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = numbers(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  // biome-ignore lint/suspicious/noExplicitAny: an element, as above.
  const behind = (element: any): string => {
    for (let each = element; each !== null; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if ((numbers(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const low: string[] = [];
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const text = [...element.childNodes].filter(({ nodeType, data }) => nodeType === 3 && data.trim() !== "");
    if (text.length === 0 || element.getClientRects().length === 0) continue;
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) low.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  // Lines and bars need 3 to 1 (1.4.11).
  const root = getComputedStyle(document.documentElement);
  const probe = document.body.appendChild(document.createElement("i"));
  const panel = luminance(behind(document.querySelector(".panel")));
  for (const name of ["--full", "--delay", "--weight", "--urgent", "--drain", "--focus"]) {
    probe.style.color = root.getPropertyValue(name);
    const color = luminance(getComputedStyle(probe).color);
    const ratio = (Math.max(color, panel) + 0.05) / (Math.min(color, panel) + 0.05);
    if (ratio < 3) low.push(`${name}: ${ratio.toFixed(2)}`);
  }
  return low;
}
