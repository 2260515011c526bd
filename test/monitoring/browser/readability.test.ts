// Whether everyone can use and read the page /batches: with a keyboard, on a phone, in the dark, without motion.

import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { batched } from "../../../src/index.ts";
import {
  figure,
  LOGGING,
  PATIENCE,
  polled,
  said,
  useBatchesInBrowser,
} from "../../support/batches-in-browser.ts";
import { isBrowserAvailable } from "../../support/browser.ts";
import { upper as askUpper } from "../../support/graphql-client.ts";
import { serve } from "../../support/serve.ts";
import { startJitney } from "../../support/server-process.ts";

describe.skipIf(!isBrowserAvailable)("in a browser", () => {
  const open = useBatchesInBrowser();

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

/** Every element of the page that is wider than it. */
function tooWide(page: Page): Promise<unknown> {
  return page.evaluate(
    "[document.documentElement.scrollWidth > innerWidth, ...[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5 && each.closest('.scroll, svg, .canvas, nav') === null).map((each) => each.outerHTML.slice(0, 80))]",
  );
}

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
