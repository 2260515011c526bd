// A real Jitney in a process of its own, as `npm start` runs it, stopped by who started it.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { entriesIn, type LogEntry } from "./log.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Run {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
// A test run that is broken off leaves no server behind.
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A process, and what it has written so far; `await using` stops it. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<Run>;

  constructor(child: ChildProcess) {
    this.child = child;
    running.add(child);
    child.once("close", () => running.delete(child));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(child, "close").then(([exitCode]) => ({
      exitCode,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** The entries of its log that it has written so far. */
  get log(): readonly LogEntry[] {
    return entriesIn(this.stdout);
  }

  /** Those of what went wrong. */
  get faults(): readonly LogEntry[] {
    return this.log.filter(({ level }) => level !== "debug" && level !== "info");
  }

  /** Resolves when the process has ended. */
  ended(): Promise<Run> {
    return this.#ended;
  }

  /** Resolves with the first match in its standard output; rejects when the process ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      const stopWaiting = new AbortController();
      const more = once(this.child.stdout ?? this.child, "data", { signal: stopWaiting.signal });
      const end = await Promise.race([more.then(() => undefined), this.#ended]);
      stopWaiting.abort();
      more.catch(() => {});
      if (end !== undefined && !pattern.test(this.stdout)) {
        throw new Error(
          `ended with ${end.exitCode} before it printed ${pattern}: ${end.stdout}${end.stderr}`,
        );
      }
    }
  }

  /** The address in the line that says that it is ready: `http://127.0.0.1:4000`. */
  async url(): Promise<string> {
    const [, url] = await this.printed(/Jitney ready at (\S+)\/graphql/);
    if (url === undefined) throw new Error("no address");
    return url;
  }

  /** The address of a program that prints the `address()` of its server as JSON once it listens. */
  async urlOfAddress(): Promise<string> {
    const [, port] = await this.printed(/"port":(\d+)/);
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<Run> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
    return await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export interface StartOptions extends SpawnOptions {
  /** The program that runs it; the one that runs the tests by default. */
  readonly node?: string;
}

/**
 * Starts the command with `--port 0` before the given arguments, and without `extensions.batches`, as most tests look at
 * answers as a whole.
 */
export function startJitney(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { node = process.execPath, ...options }: StartOptions = {},
): Running {
  return startCommand(["--port", "0", "--batch-facts", "off", ...args], env, { node, ...options });
}

/** Starts the command with these arguments alone. */
export function startCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { node = process.execPath, ...options }: StartOptions = {},
): Running {
  const child = spawn(node, ["src/main.ts", ...args], {
    cwd: ROOT,
    env: { ...process.env, HOST: "", PORT: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  return new Running(child);
}
