// A program in a process of its own, which answers questions over IPC (questions.ts). It takes its CPU and its memory
// from nobody, and shows how a process ends.

import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Question, Reply } from "./questions.ts";
import { type Run, Running } from "./server-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How long a process may take to end that has nothing to do, on a busy machine. */
const PROMPT_MS = 10_000;

export class FixtureProcess extends Running {
  #lastId = 0;

  /** Asks what the program has given to `answerQuestions`; rejects with its error, or when it ends first. */
  async ask<Answer>(name: string, argument?: unknown): Promise<Answer> {
    const { child } = this;
    this.#lastId += 1;
    const id = this.#lastId;
    let stopListening = (): void => {};
    const replied = new Promise<Reply>((resolve) => {
      const onMessage = (message: Reply): void => {
        if (message.id === id) resolve(message);
      };
      child.on("message", onMessage);
      stopListening = () => void child.off("message", onMessage);
    });
    const ended = this.ended().then(({ stdout, stderr }) => {
      throw new Error(`${name}: it ended first: ${stdout}${stderr}`);
    });
    const question: Question = { id, name, argument };
    child.send(question, () => {}); // Where it cannot be sent, the process closes.
    try {
      const { answer, error } = await Promise.race([replied, ended]);
      if (error !== undefined) throw new Error(`${name}: ${error}`);
      return answer as Answer;
    } finally {
      stopListening();
    }
  }

  /** How it has ended, when nobody ends it. */
  async endsByItself(): Promise<Run> {
    const giveUp = new AbortController();
    const tooLate = sleep(PROMPT_MS, undefined, { signal: giveUp.signal }).then(() => {
      throw new Error(`something keeps the process for more than ${PROMPT_MS} ms`);
    });
    try {
      return await Promise.race([this.ended(), tooLate]);
    } finally {
      giveUp.abort();
      tooLate.catch(() => {});
    }
  }
}

/** Starts a program of test/fixtures, with settings that it finds as JSON in its first argument. */
export function startFixture(name: string, settings: unknown = {}): FixtureProcess {
  return startProgram(`test/fixtures/${name}`, settings);
}

/** @param path below the root of the project. */
export function startProgram(path: string, settings: unknown = {}): FixtureProcess {
  const child = spawn(process.execPath, ["--expose-gc", path, JSON.stringify(settings)], {
    cwd: ROOT,
    // Flags of the test runner's workers are not the program's.
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  return new FixtureProcess(child);
}
