// The worker in Python that the documentation has (docs/examples/worker.py), run as it is there.

import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Running } from "./server-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Debian's own Python has its packages, and need not be the first. */
const python = ["/usr/bin/python3", "python3"].find(
  (program) => spawnSync(program, ["-c", "import pika"]).status === 0,
);

/** CI has to have it: there its tests are not left out, but fail. */
export const isPythonHere = python !== undefined || Boolean(process.env.JITNEY_MUST_TEST_BROKER);

if (!isPythonHere) {
  console.warn("Left out: the worker in Python, which needs pika: apt-get install python3-pika");
}

export interface PythonSettings {
  /** The longest that its keys wait. */
  readonly maxDelayMs?: number;
  /** How long its batch function takes. */
  readonly runMs?: number;
}

export class PythonWorker extends Running {
  /** The words of each call of its batch function, so far. */
  get calls(): readonly (readonly string[])[] {
    const lines = this.stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as readonly string[]);
  }

  /** Asks it to stop in an orderly way. */
  terminate(): void {
    this.child.kill("SIGTERM");
  }
}

export function startPythonWorker(url: string, settings: PythonSettings = {}): PythonWorker {
  if (python === undefined) throw new Error("There is no Python with pika: apt-get install python3-pika");
  const args = ["test/fixtures/python_worker.py", "Query.upper", JSON.stringify(settings)];
  const child = spawn(python, args, {
    cwd: ROOT,
    // It leaves no files in docs/.
    env: { ...process.env, AMQP_URL: url, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new PythonWorker(child);
}
