// The benchmarks that are programs of their own, run as parts of the suite: requests that are held, and the heart alone.

import { spawn } from "node:child_process";
import { Running } from "../../test/support/server-process.ts";
import type { SuiteOptions } from "./options.ts";
import type { HeartResult, HeldResults } from "./results.ts";

export async function measureHeld(options: SuiteOptions, say: (line: string) => void): Promise<HeldResults> {
  say("held requests");
  const given = options.isQuick ? { rounds: 1, requests: 800 } : { rounds: 5, requests: 10_000 };
  return await run<HeldResults>("held-requests.ts", given);
}

export async function measureHeart(
  options: SuiteOptions,
  say: (line: string) => void,
): Promise<readonly HeartResult[]> {
  say("the heart alone");
  return await run<HeartResult[]>("heart.ts", options.isQuick ? { rounds: 1 } : {});
}

/** A benchmark that prints its results as JSON, because it is asked to. */
async function run<Result>(program: string, settings: object): Promise<Result> {
  const args = ["--expose-gc", `bench/${program}`, JSON.stringify({ ...settings, json: true })];
  const cwd = new URL("../..", import.meta.url);
  await using running = new Running(
    spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] }),
  );
  const { exitCode, stdout, stderr } = await running.ended();
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}
