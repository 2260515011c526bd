// docs/performance.md is made of the committed run, and of nothing else.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fill, partsOf } from "../../bench/suite/page.ts";
import { picturesOf } from "../../bench/suite/pictures.ts";
import type { Results } from "../../bench/suite/results.ts";

const RESULTS = new URL("../../bench/results.json", import.meta.url);
const DOCS = new URL("../../docs/", import.meta.url);

test("its tables and pictures are those of bench/results.json", () => {
  const results: Results = JSON.parse(readFileSync(RESULTS, "utf8"));
  const page = readFileSync(new URL("performance.md", DOCS), "utf8");
  expect(fill(page, partsOf(results))).toBe(page);
  for (const [name, picture] of picturesOf(results)) {
    expect(readFileSync(new URL(name, DOCS), "utf8"), name).toBe(picture);
  }
  expect(results.isQuick).toBe(false);
});
