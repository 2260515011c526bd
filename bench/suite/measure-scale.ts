// Whether cost grows with the number of requests in flight: the CPU of a request at more and more connections, each with
// a request in flight all the time.

import { execFileSync } from "node:child_process";
import { startContender } from "./contender-process.ts";
import { CONTENDERS, type ContenderName } from "./contenders.ts";
import type { LoadClient } from "./load-client.ts";
import { LOADS } from "./loads.ts";
import { rounded } from "./measure-load.ts";
import type { SuiteOptions } from "./options.ts";
import type { ScalePoint, ScaleResults } from "./results.ts";

const CONNECTIONS = [10, 100, 1_000, 10_000];
/** Files that a process has open beside its connections. */
const OTHER_FILES = 100;
const WARM_UP_SECONDS = 10;
/** Opening ten thousand connections takes longer than to measure them. */
const MOST_ROUNDS = 5;
const SCALED: readonly ContenderName[] = ["bare", "jitney"];

export async function measureScale(
  client: LoadClient,
  options: SuiteOptions,
  say: (line: string) => void,
): Promise<ScaleResults> {
  const names = SCALED.filter((name) => options.contenders.includes(name));
  const most = openFiles() - OTHER_FILES;
  const counts = CONNECTIONS.filter((count) => count <= most);
  if (counts.length < CONNECTIONS.length) {
    say(`a process may have ${most} connections here (ulimit -n): more are left out`);
  }
  const cpu = new Map(names.map((name) => [name, new Map(counts.map((count) => [count, [] as number[]]))]));
  await using started = new AsyncDisposableStack();
  const processes = new Map(
    await Promise.all(
      names.map(
        async (name) =>
          [name, started.use(await startContender(CONTENDERS[name], { callMs: 0, slots: 4 }))] as const,
      ),
    ),
  );
  const rounds = Math.min(MOST_ROUNDS, options.rounds);
  for (let round = 0; round <= rounds; round += 1) {
    for (const count of counts) {
      for (const [name, contender] of processes) {
        const who = `${CONTENDERS[name].title} with ${count} connections`;
        await using _open = await client.open(contender.url, count);
        // Each connection has asked at least twice when its turn begins: what is allocated once for each is there.
        await client.run(who, "variables", { seconds: WARM_UP_SECONDS, most: 2 * count });
        if (round === 0) {
          await client.run(who, "variables", { seconds: WARM_UP_SECONDS, most: options.warmUpRequests });
          continue;
        }
        const before = await contender.readings();
        const { answers } = await client.run(who, "variables", { seconds: options.seconds });
        const after = await contender.readings();
        const each = (after.cpuMicroseconds - before.cpuMicroseconds) / answers;
        cpu.get(name)?.get(count)?.push(rounded(each));
      }
    }
    say(`scale of ${LOADS.variables.title}: ${round === 0 ? "warm" : `round ${round} of ${rounds}`}`);
  }
  const points = (name: ContenderName): ScalePoint[] =>
    counts.map((connections) => ({ connections, cpuMicroseconds: cpu.get(name)?.get(connections) ?? [] }));
  return Object.fromEntries(names.map((name) => [name, points(name)]));
}

/** How many files a process may have open: connections are files. */
function openFiles(): number {
  const said = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  return said === "unlimited" ? Infinity : Number(said);
}
