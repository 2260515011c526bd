// Gateways and workers of one test, each in a process of its own, that share the queues of one virtual host.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { expect } from "vitest";
import type { FieldTotals } from "../../src/cluster/index.ts";
import type { GatewaySettings, Tally } from "../fixtures/shared-gateway.ts";
import type { WorkerSettings } from "../fixtures/shared-worker.ts";
import { type FixtureProcess, startFixture } from "./fixture-process.ts";

/** A busy machine, and an Erlang that has just been started. */
export const PATIENCE = { timeout: 15_000, interval: 20 };

/** For tests that start a dozen processes, on a machine that starts others too. */
export const SLOW = { timeout: 60_000 };

/** How late a timer, and who waits for it, may be on a busy machine. */
export const LATE_MS = 1_000;

export class Cluster implements AsyncDisposable {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "jitney-cluster-"));
  readonly #processes: FixtureProcess[] = [];
  #workersStarted = 0;
  #model: ChannelModel | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** Resolves when it takes chunks. */
  async worker(settings: Omit<WorkerSettings, "url" | "notes"> = {}): Promise<ClusterWorker> {
    this.#workersStarted += 1;
    const notes = join(this.#folder, `worker-${this.#workersStarted}`);
    const process = startFixture("shared-worker.ts", { url: this.url, notes, ...settings });
    this.#processes.push(process);
    await process.printed(/^up$/m);
    return new ClusterWorker(process, notes);
  }

  workers(count: number, settings?: Omit<WorkerSettings, "url" | "notes">): Promise<ClusterWorker[]> {
    return Promise.all(Array.from({ length: count }, () => this.worker(settings)));
  }

  gateway(name: string, settings: Omit<GatewaySettings, "url" | "name"> = {}): FixtureProcess {
    const process = startFixture("shared-gateway.ts", { url: this.url, name, ...settings });
    this.#processes.push(process);
    return process;
  }

  /** How many messages wait in a queue; those that a worker has are not among them. */
  async waitingIn(queue: string): Promise<number> {
    return (await this.#ask((channel) => channel.checkQueue(queue))).messageCount;
  }

  async isEmptied(queue: string): Promise<void> {
    await expect.poll(() => this.waitingIn(queue), PATIENCE).toBe(0);
  }

  async #ask<Answer>(question: (channel: Channel) => Promise<Answer>): Promise<Answer> {
    this.#model ??= await connect(this.url);
    const channel = await this.#model.createChannel();
    channel.on("error", () => {}); // The question rejects.
    const answer = await question(channel);
    await channel.close();
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
    await this.#model?.close();
    rmSync(this.#folder, { recursive: true });
  }
}

export class ClusterWorker {
  readonly process: FixtureProcess;
  readonly #notes: string;

  constructor(process: FixtureProcess, notes: string) {
    this.process = process;
    this.#notes = notes;
  }

  /** Every key that it has begun to compute, in their order. */
  get computed(): readonly string[] {
    try {
      return readFileSync(this.#notes, "utf8").split("\n").slice(0, -1);
    } catch {
      return [];
    }
  }

  get isDead(): boolean {
    const { exitCode, signalCode } = this.process.child;
    return exitCode !== null || signalCode !== null;
  }

  totals(): Promise<FieldTotals> {
    return this.process.ask("totals");
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    await this.process.stop();
  }

  /** Resolves when it computes something that it did not when it was asked. */
  async isComputing(): Promise<void> {
    const before = this.computed.length;
    await expect.poll(() => this.computed.length, PATIENCE).toBeGreaterThan(before);
  }
}

/** The one at which the chunks gather. */
export function firstToCompute(workers: readonly ClusterWorker[]): Promise<ClusterWorker> {
  return Promise.race(
    workers.map(async (worker) => {
      await worker.isComputing();
      return worker;
    }),
  );
}

/** How the gateways' keys have ended, together. */
export async function tallyOf(gateways: readonly FixtureProcess[]): Promise<Tally> {
  const tallies = await Promise.all(gateways.map((gateway) => gateway.ask<Tally>("tally")));
  const outcomes: Record<string, number> = {};
  for (const tally of tallies) {
    for (const [name, count] of Object.entries(tally.outcomes))
      outcomes[name] = (outcomes[name] ?? 0) + count;
  }
  return {
    loads: tallies.reduce((sum, { loads }) => sum + loads, 0),
    outcomes,
    slowestMs: Math.max(...tallies.map(({ slowestMs }) => slowestMs)),
    slowestRefusalMs: Math.max(...tallies.map(({ slowestRefusalMs }) => slowestRefusalMs)),
    faults: tallies.flatMap(({ faults }) => faults),
    answeredTwice: tallies.reduce((sum, { answeredTwice }) => sum + answeredTwice, 0),
  };
}

export function outcomesOf(gateway: FixtureProcess): Promise<Tally["outcomes"]> {
  return gateway.ask("outcomes");
}

/** Waits until a gateway has so many more answers. */
export async function answers(gateway: FixtureProcess, count: number): Promise<void> {
  const now = async (): Promise<number> => (await outcomesOf(gateway)).answered ?? 0;
  const before = await now();
  await expect.poll(now, PATIENCE).toBeGreaterThanOrEqual(before + count);
}

/** Whoever asked got an answer of their own, or was told clearly why not. */
export function expectNothingWrong(tally: Tally, outcomes: readonly string[] = ["answered"]): void {
  expect(tally.faults).toEqual([]);
  expect(tally.answeredTwice, "keys answered twice").toBe(0);
  const unexpected = Object.keys(tally.outcomes).filter((outcome) => !outcomes.includes(outcome));
  expect(unexpected, JSON.stringify(tally.outcomes)).toEqual([]);
}

/** A gateway, or a worker, that is drained ends by itself, in order. */
export async function drainAndEnd(process: FixtureProcess): Promise<void> {
  await process.ask("drain");
  await process.ask("endWithoutQuestions");
  expect(await process.endsByItself()).toMatchObject({ exitCode: 0, stderr: "" });
}
