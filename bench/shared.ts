// Ten servers at 5,000 keys a second: each with batches of its own, and with one, two and four workers that form the
// batches of all of them, over a RabbitMQ that is started for it. Then the same, as fast as they can. Configurations
// alternate; medians are reported.
//
// Ten processes and a broker on two cores would measure how these are shared: the ten servers, each with a connection of
// its own, live in two processes, unless it is told otherwise.

import { readFileSync } from "node:fs";
import { Broker } from "../test/support/broker.ts";
import { type FixtureProcess, startProgram } from "../test/support/fixture-process.ts";
import { SeededRandom } from "../test/support/seeded-random.ts";
import type { ClosedLoop, Loaded, OpenLoop, ServersSettings } from "./shared-servers.ts";
import type { Calls } from "./shared-upper.ts";
import type { WorkerSettings } from "./shared-worker.ts";
import { shuffled } from "./shuffled.ts";
import { median, quantile } from "./statistics.ts";

const SIZE = 32;
const MAX_DELAY_MS = 5;
const WARM_UP_SECONDS = 2;
/** How many keys are without an answer in all, in the closed loop: some eighty full batches. */
const KEYS_UNDER_WAY = 2_560;
/** Of /proc/PID/stat, as Linux has it everywhere. */
const TICK_MICROSECONDS = 10_000;

interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  readonly keysPerSecond: number;
  /** In how many processes the ten servers live. */
  readonly processes: number;
  /** How long a call of the batch function takes, and how many there are at once. */
  readonly callMs: number;
  readonly concurrency: number;
  /** How many keys a server sends at once, at most. */
  readonly keysOfChunk: number;
  /** Only the configurations in whose names this is. */
  readonly only: string;
}

const DEFAULTS: Settings = {
  rounds: 5,
  seconds: 4,
  keysPerSecond: 5_000,
  processes: 2,
  callMs: 0,
  concurrency: 4,
  keysOfChunk: SIZE,
  only: "",
};
const { rounds, seconds, keysPerSecond, processes, callMs, concurrency, keysOfChunk, only }: Settings = {
  ...DEFAULTS,
  ...JSON.parse(process.argv[2] ?? "{}"),
};

interface Configuration {
  readonly name: string;
  readonly servers: number;
  readonly processes: number;
  /** Undefined for servers that compute their keys themselves. */
  readonly workers?: number;
  readonly queueType?: "classic" | "quorum";
}

const CONFIGURATIONS: readonly Configuration[] = [
  { name: "one server for all", servers: 1, processes: 1 },
  { name: "ten servers, each on its own", servers: 10, processes },
  { name: "shared, one worker", servers: 10, processes, workers: 1 },
  { name: "shared, two workers", servers: 10, processes, workers: 2 },
  { name: "shared, four workers", servers: 10, processes, workers: 4 },
  { name: "shared, one worker, quorum queue", servers: 10, processes, workers: 1, queueType: "quorum" },
];

/** CPU is in microseconds per key, of all processes of the kind. */
interface Turn {
  readonly keysPerSecond: number;
  readonly fill: number;
  readonly callsPerSecond: number;
  readonly keysPerChunk: number;
  readonly p50: number;
  readonly p99: number;
  readonly serversCpu: number;
  readonly workersCpu: number;
  readonly brokerCpu: number;
}

/** A configuration whose processes are there. */
class Running implements AsyncDisposable {
  readonly name: string;
  readonly #servers: readonly FixtureProcess[];
  readonly #workers: readonly FixtureProcess[];
  readonly #keysOfServer: number;

  private constructor(
    { name, servers }: Configuration,
    programs: readonly FixtureProcess[],
    workers: readonly FixtureProcess[],
  ) {
    this.name = name;
    this.#servers = programs;
    this.#workers = workers;
    this.#keysOfServer = KEYS_UNDER_WAY / servers;
  }

  static async start(configuration: Configuration): Promise<Running> {
    const { servers, processes, workers = 0, queueType = "classic" } = configuration;
    const url = workers === 0 ? undefined : broker.newURL();
    const limits = { maxDelayMs: MAX_DELAY_MS, concurrency, callMs };
    const started: FixtureProcess[] = [];
    const programs: FixtureProcess[] = [];
    const shared = url === undefined ? {} : { url, queueType };
    for (let count = 0; url !== undefined && count < workers; count += 1) {
      const settings: WorkerSettings = { ...limits, url, queueType };
      started.push(startProgram("bench/shared-worker.ts", settings));
    }
    for (const worker of started) await worker.ask("connected");
    for (let count = 0; count < processes; count += 1) {
      const settings: ServersSettings = {
        ...limits,
        ...shared,
        servers: servers / processes,
        keysOfChunk,
      };
      programs.push(startProgram("bench/shared-servers.ts", settings));
    }
    const running = new Running(configuration, programs, started);
    await running.open(WARM_UP_SECONDS, 0);
    await running.closed(WARM_UP_SECONDS);
    return running;
  }

  open(seconds: number, seed: number): Promise<Turn> {
    const count = this.#servers.length;
    const loop = { keysPerSecond: keysPerSecond / count, seconds };
    return this.#measure((server, place) =>
      server.ask<Loaded>("openLoop", { ...loop, seed: seed * count + place } satisfies OpenLoop),
    );
  }

  closed(seconds: number): Promise<Turn> {
    return this.#measure((server) =>
      server.ask<Loaded>("closedLoop", { seconds, keysOfServer: this.#keysOfServer } satisfies ClosedLoop),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [...this.#servers, ...this.#workers]) await each.stop();
  }

  async #measure(load: (server: FixtureProcess, place: number) => Promise<Loaded>): Promise<Turn> {
    const before = await this.#readings();
    const loaded = await Promise.all(this.#servers.map(load));
    const after = await this.#readings();
    const keys = sum(loaded.map((each) => each.keys));
    const took = Math.max(...loaded.map((each) => each.seconds));
    const calls = after.calls - before.calls;
    const latencies = loaded.flatMap(({ latenciesMs }) => latenciesMs);
    return {
      keysPerSecond: keys / took,
      fill: (after.keys - before.keys) / calls,
      callsPerSecond: calls / took,
      keysPerChunk: keys / (after.chunks - before.chunks),
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      serversCpu: sum(loaded.map(({ cpuMicroseconds }) => cpuMicroseconds)) / keys,
      workersCpu: (after.workersCpu - before.workersCpu) / keys,
      brokerCpu: (after.brokerCpu - before.brokerCpu) / keys,
    };
  }

  async #readings() {
    const computing = this.#workers.length > 0 ? this.#workers : this.#servers;
    const calls = await Promise.all(computing.map((each) => each.ask<Calls>("calls")));
    const chunks = await Promise.all(this.#workers.map((each) => each.ask<number>("chunks")));
    const cpu = await Promise.all(this.#workers.map((each) => each.ask<number>("cpu")));
    return {
      keys: sum(calls.map((each) => each.keys)),
      calls: sum(calls.map((each) => each.calls)),
      chunks: sum(chunks),
      workersCpu: sum(cpu),
      brokerCpu: cpuOf(broker.pid),
    };
  }
}

// Each process that it has started is ended with it.
process.setMaxListeners(0);
await using broker = await Broker.start();
const chosen = CONFIGURATIONS.filter(({ name }) => name.includes(only));
const running: Running[] = [];
for (const configuration of chosen) running.push(await Running.start(configuration));
const turns = new Map(running.map(({ name }) => [name, { open: [] as Turn[], closed: [] as Turn[] }]));
const random = new SeededRandom(1);
for (let round = 1; round <= rounds; round += 1) {
  for (const each of shuffled(running, random)) {
    turns.get(each.name)?.open.push(await each.open(seconds, round));
    turns.get(each.name)?.closed.push(await each.closed(seconds));
  }
  console.error(`round ${round} of ${rounds}`);
}
for (const each of running) await each[Symbol.asyncDispose]();
console.log(
  `node ${process.version}, ${rounds} alternating rounds of ${seconds} s, size ${SIZE}, delay ${MAX_DELAY_MS} ms, ` +
    `${concurrency} calls at once of ${callMs} ms, ten servers in ${processes} processes; medians; CPU is µs per key`,
);
console.log(`${keysPerSecond} keys a second, at random:`);
console.table(rowsOf("open"));
console.log(`${KEYS_UNDER_WAY} keys always under way:`);
console.table(rowsOf("closed"));

function rowsOf(loop: "open" | "closed") {
  return running.map(({ name }) => {
    const each = turns.get(name)?.[loop] ?? [];
    const of = (what: keyof Turn): number => median(each.map((turn) => turn[what]));
    return {
      "": name,
      "keys/s": of("keysPerSecond").toFixed(0),
      fill: of("fill").toFixed(1),
      "calls/s": of("callsPerSecond").toFixed(0),
      ...(loop === "open" && { "p50, ms": of("p50").toFixed(2), "p99, ms": of("p99").toFixed(2) }),
      "keys per chunk": of("keysPerChunk").toFixed(1).replace("Infinity", ""),
      "CPU of servers": of("serversCpu").toFixed(1),
      "of workers": of("workersCpu").toFixed(1),
      "of the broker": of("brokerCpu").toFixed(1),
    };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Microseconds, user and system: fields 14 and 15, after a name that may hold anything. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}
