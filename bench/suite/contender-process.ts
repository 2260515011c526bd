// A contender in a process of its own, from its start until who started it ends it.

import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startProgram } from "../../test/support/fixture-process.ts";
import { Running } from "../../test/support/server-process.ts";
import type { Readings, ServerSettings } from "../servers/program.ts";
import type { Contender } from "./contenders.ts";

const START_MS = 30_000;

export interface ContenderProcess extends AsyncDisposable {
  readonly url: string;
  readings(): Promise<Readings>;
  /** Anything else that it answers. */
  ask<Answer>(question: string): Promise<Answer>;
}

/** Starts one of bench/servers; disposing of it ends it. */
export async function startContender(
  { title, program, variant, from }: Contender,
  settings: ServerSettings,
): Promise<ContenderProcess> {
  const given = variant === undefined ? settings : { ...settings, variant };
  return from === "python"
    ? await startPython(title, program, given)
    : await startNode(title, program, given);
}

async function startNode(
  title: string,
  program: string,
  settings: ServerSettings,
): Promise<ContenderProcess> {
  const running = startProgram(`bench/servers/${program}`, settings);
  const url = await urlOf(title, running);
  return {
    url,
    readings: () => running.ask("readings"),
    ask: (question) => running.ask(question),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function startPython(
  title: string,
  program: string,
  settings: ServerSettings,
): Promise<ContenderProcess> {
  const file = fileURLToPath(new URL(`../servers/${program}`, import.meta.url));
  // Its standard input stays open for as long as this process is there.
  const child = spawn("python3", [file, JSON.stringify(settings)], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const running = new Running(child);
  const url = await urlOf(title, running);
  const ask = async <Answer>(question: string): Promise<Answer> => {
    const response = await fetch(new URL(`/${question}`, url), { headers: { connection: "close" } });
    return (await response.json()) as Answer; // Whoever asks knows what is answered.
  };
  return {
    url,
    readings: () => ask("readings"),
    ask,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** @throws one clear line where it does not start. */
async function urlOf(title: string, running: Running): Promise<string> {
  const giveUp = new AbortController();
  const tooLate = sleep(START_MS, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`it was not ready after ${START_MS / 1_000} s`);
  });
  try {
    const [, url = ""] = await Promise.race([running.printed(/"benchUrl":"([^"]+)"/), tooLate]);
    return url;
  } catch (error) {
    const { stderr } = await running.stop();
    const why = /^\w*Error.*$/m.exec(stderr)?.[0] ?? (error instanceof Error ? error.message : String(error));
    throw new Error(`${title} did not start: ${why}`);
  } finally {
    giveUp.abort();
    tooLate.catch(() => {});
  }
}
