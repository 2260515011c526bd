// Queries from a seed, with the document cache and with graphql alone, for as long as one likes:
// `npm run soak:documents -- --minutes 2 [--seed 1] [--graphql16]`. Prints the seed first and, where the two differ, the
// text; ends with 1 then, and else with 0.

import { registerHooks } from "node:module";
import { parseArgs } from "node:util";

/** Some seconds' worth, and a cache that fills. */
const FAMILIES_A_ROUND = 1_000;
const TEXTS_OF_A_FAMILY = 10;

const { values: flags } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, graphql16: { type: "boolean" } },
});
const minutes = Number(flags.minutes ?? 1);
const seed = Number(flags.seed ?? Math.floor(Math.random() * 2 ** 31));
if (flags.graphql16) {
  registerHooks({
    resolve: (specifier, context, next) => next(specifier === "graphql" ? "graphql-16" : specifier, context),
  });
}
const { version } = await import("graphql");
const { literalSchemas } = await import("./support/literal-schemas.ts");
const { SameAsGraphql } = await import("./support/same-as-graphql.ts");
const { SeededRandom } = await import("./support/seeded-random.ts");
console.log(`seed ${seed}, ${minutes} minutes, graphql ${version}`);

// Half of what errors cost.
Error.stackTraceLimit = 0;
const sum = { texts: 0, valid: 0, known: 0, copied: 0, run: 0 };
const endMs = performance.now() + minutes * 60_000;
for (let round = 0; performance.now() < endMs; round += 1) {
  for (const given of literalSchemas()) {
    const same = new SameAsGraphql(given, new SeededRandom(seed + round));
    try {
      for (let index = 0; index < FAMILIES_A_ROUND && performance.now() < endMs; index += 1)
        await same.checkFamily(TEXTS_OF_A_FAMILY);
    } catch (error) {
      console.log(error, `on the schema of ${given.name}; again: --seed ${seed + round}`);
      process.exit(1);
    }
    for (const name of ["texts", "valid", "known", "copied", "run"] as const) sum[name] += same.tally[name];
    console.log(`${given.name}: all the same`, sum);
  }
}
