// Makes docs/performance.md's tables and pictures of a run: `node bench/report.ts` of the committed one, bench/results.json;
// `node bench/report.ts bench/results/latest.json` of another, which is then the committed one.

import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fill, partsOf } from "./suite/page.ts";
import { picturesOf } from "./suite/pictures.ts";
import type { Results } from "./suite/results.ts";

const COMMITTED = fileURLToPath(new URL("./results.json", import.meta.url));
const DOCS = new URL("../docs/", import.meta.url);
const PAGE = new URL("performance.md", DOCS);

const given = resolve(process.argv[2] ?? COMMITTED);
if (!existsSync(given)) {
  console.error(
    `${process.argv[2] ?? "bench/results.json"} is not there: npm run bench makes bench/results/latest.json`,
  );
  process.exit(1);
}
const results: Results = JSON.parse(readFileSync(given, "utf8"));
if (results.isQuick) {
  console.error(
    `${process.argv[2]} is of a smoke run (--quick), which is no measurement: nothing is written`,
  );
  process.exit(1);
}
if (given !== COMMITTED) copyFileSync(given, COMMITTED);
const page = fill(readFileSync(PAGE, "utf8"), partsOf(results));
writeFileSync(PAGE, page);
for (const name of readdirSync(DOCS)) {
  if (/^performance-.*\.svg$/.test(name)) rmSync(new URL(name, DOCS));
}
const pictures = picturesOf(results);
for (const [name, picture] of pictures) writeFileSync(new URL(name, DOCS), picture);
console.log(`docs/performance.md and ${pictures.size} pictures, of ${results.command} on ${results.date}`);
