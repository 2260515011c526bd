// How exactly Jitney's batches leave, measured inside its process from the events of its batches: at a rate at which
// batches wait for their time, at half load, and at full load.

import type { TakenTimes } from "../servers/batch-times.ts";
import { median, quantile } from "../statistics.ts";
import { startContender } from "./contender-process.ts";
import { CONTENDERS } from "./contenders.ts";
import type { LoadClient } from "./load-client.ts";
import { LOADS } from "./loads.ts";
import { rounded } from "./measure-load.ts";
import type { SuiteOptions } from "./options.ts";
import type { DelayResults } from "./results.ts";

/** Requests per second of which a batch does not get full in 5 ms. */
const LIGHT_RATE = 1_000;
const MAX_DELAY_MS = 5;

interface Rate {
  readonly title: string;
  /** undefined: as many as are answered. */
  readonly rate: number | undefined;
}

export async function measureDelays(
  client: LoadClient,
  options: SuiteOptions,
  say: (line: string) => void,
): Promise<readonly DelayResults[]> {
  const timed = { ...CONTENDERS.jitney, variant: "timed" };
  await using contender = await startContender(timed, { callMs: 0, slots: 4 });
  await using _open = await client.open(contender.url, options.connections);
  const run = (order: { seconds: number; rate?: number; most?: number }) =>
    client.run(timed.title, "variables", order);
  await run({ seconds: LOADS.variables.warmUpSeconds, most: options.warmUpRequests });
  const { requestsPerSecond } = await run({ seconds: options.seconds });
  const rates: readonly Rate[] = [
    { title: `light, ${LIGHT_RATE.toLocaleString("en-US")} requests per second`, rate: LIGHT_RATE },
    { title: "half load", rate: requestsPerSecond / 2 },
    { title: "full load", rate: undefined },
  ];
  const results = rates.map(({ title }) => newResults(title));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const [index, { rate }] of rates.entries()) {
      await contender.ask("times");
      const seen = await run({ seconds: options.seconds, ...(rate === undefined ? {} : { rate }) });
      add(results[index], seen.requestsPerSecond, await contender.ask<TakenTimes>("times"));
    }
    say(`delays: round ${round} of ${options.rounds}`);
  }
  return results;
}

/** A row of results that is being filled. */
type Filling = {
  -readonly [Name in keyof DelayResults]: DelayResults[Name] extends string ? string : number[];
};

function newResults(title: string): Filling {
  return {
    title,
    requestsPerSecond: [],
    lateP50Ms: [],
    lateP99Ms: [],
    overP99Ms: [],
    afterFullP50Ms: [],
    afterFullP99Ms: [],
    fullPart: [],
  };
}

/** Where no batch left for a reason, nothing is added for it. */
function add(row: Filling | undefined, rate: number, { late, waits, afterFull }: TakenTimes): void {
  row?.requestsPerSecond.push(Math.round(rate));
  row?.fullPart.push(rounded(afterFull.length / waits.length));
  row?.overP99Ms.push(rounded(Math.max(0, quantile(waits, 0.99) - MAX_DELAY_MS)));
  if (late.length > 0) {
    row?.lateP50Ms.push(rounded(median(late)));
    row?.lateP99Ms.push(rounded(quantile(late, 0.99)));
  }
  if (afterFull.length > 0) {
    row?.afterFullP50Ms.push(rounded(median(afterFull)));
    row?.afterFullP99Ms.push(rounded(quantile(afterFull, 0.99)));
  }
}
