// Some of the servers of shared.ts, in a process of their own: batchers that compute their keys themselves or, with the
// address of a broker, pass them on. It loads the keys too, as requests would, and checks every answer.

// As the command has it.
import "../src/command/young-garbage.ts";
import { type Batcher, createBatcher } from "../src/batching/index.ts";
import { type QueueType, type SharedBatch, sharedBatch } from "../src/cluster/index.ts";
import { answerQuestions } from "../test/support/questions.ts";
import { SeededRandom } from "../test/support/seeded-random.ts";
import { COORDINATE, type Key, Upper, type UpperOptions } from "./shared-upper.ts";

export interface ServersSettings extends UpperOptions {
  readonly servers: number;
  readonly maxDelayMs: number;
  readonly concurrency: number;
  /** Of the broker; undefined for servers that compute. */
  readonly url?: string;
  readonly queueType?: QueueType;
  /** At most, for servers that pass them on. */
  readonly keysOfChunk: number;
}

/** Keys come at random, as many in a second, and go to a server at random. */
export interface OpenLoop {
  readonly keysPerSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

/** So many keys are always without an answer, at each server. */
export interface ClosedLoop {
  readonly keysOfServer: number;
  readonly seconds: number;
}

export interface Loaded {
  readonly keys: number;
  readonly seconds: number;
  /** From the load of a key to its answer, in the order of the answers. Of an open loop. */
  readonly latenciesMs: readonly number[];
  /** User and system, of this process. */
  readonly cpuMicroseconds: number;
}

const settings: ServersSettings = JSON.parse(process.argv[2] ?? "");
const { servers, maxDelayMs, concurrency, callMs, url, queueType, keysOfChunk } = settings;
const upper = new Upper({ callMs });
const shared: SharedBatch<Key, string>[] = [];
const batchers = Array.from({ length: servers }, () => newBatcher());
let words = 0;

answerQuestions({
  openLoop,
  closedLoop,
  calls: () => upper.calls,
});

function newBatcher(): Batcher<Key, string> {
  if (url === undefined) return createBatcher(upper.compute, { maxDelayMs, concurrency });
  const passedOn = sharedBatch<Key, string>(COORDINATE, { url, ...(queueType && { queueType }) });
  shared.push(passedOn);
  return createBatcher(passedOn, { maxBatchSize: keysOfChunk });
}

async function load(batcher: Batcher<Key, string>): Promise<void> {
  words += 1;
  const x = `cat ${process.pid} ${words}`;
  const answer = await batcher.load({ x });
  if (answer !== x.toUpperCase()) throw new Error(`${x} got ${answer}`);
}

async function openLoop({ keysPerSecond, seconds, seed }: OpenLoop): Promise<Loaded> {
  const random = new SeededRandom(seed);
  const latenciesMs: number[] = [];
  const answers: Promise<void>[] = [];
  const ask = async (batcher: Batcher<Key, string>): Promise<void> => {
    const loadedAt = performance.now();
    await load(batcher);
    latenciesMs.push(performance.now() - loadedAt);
  };
  const begin = beginning();
  let dueMs = 0;
  while (dueMs < seconds * 1_000) {
    // Timers know whole milliseconds: what has come since the last one is loaded, each key in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (
      ;
      dueMs <= performance.now() - begin.at;
      dueMs += (-Math.log(1 - random.next()) * 1_000) / keysPerSecond
    ) {
      answers.push(ask(random.pick(batchers)));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await Promise.all(answers);
  return begin.end(answers.length, latenciesMs);
}

async function closedLoop({ keysOfServer, seconds }: ClosedLoop): Promise<Loaded> {
  const begin = beginning();
  const endsAt = begin.at + seconds * 1_000;
  let keys = 0;
  const askOn = async (batcher: Batcher<Key, string>): Promise<void> => {
    while (performance.now() < endsAt) {
      await load(batcher);
      keys += 1;
    }
  };
  await Promise.all(
    batchers.flatMap((batcher) => Array.from({ length: keysOfServer }, () => askOn(batcher))),
  );
  return begin.end(keys, []);
}

function beginning() {
  const cpuBefore = process.cpuUsage();
  const at = performance.now();
  return {
    at,
    end(keys: number, latenciesMs: readonly number[]): Loaded {
      const { user, system } = process.cpuUsage(cpuBefore);
      const seconds = (performance.now() - at) / 1_000;
      return { keys, seconds, latenciesMs, cpuMicroseconds: user + system };
    },
  };
}
