// promtool, Prometheus's own checks. It is no package of npm's: .ci/promtool finds it, or fetches it.

import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const PROMTOOL = process.env.JITNEY_PROMTOOL || "promtool";

/** CI has to have it: there its checks are not left out, but fail. */
export const isPromtoolHere =
  Boolean(process.env.CI) || spawnSync(PROMTOOL, ["--version"]).error === undefined;

if (!isPromtoolHere) {
  console.warn('Checks by promtool are left out: export JITNEY_PROMTOOL="$(.ci/promtool)" to have them.');
}

export interface Verdict {
  readonly exitCode: number | null;
  /** What it has to say, of both streams. */
  readonly output: string;
}

/** What it says of the text of /metrics. */
export function checkMetrics(metrics: string): Promise<Verdict> {
  return runPromtool(["check", "metrics"], metrics);
}

/** What it says of a file of rules, in YAML or JSON. */
export function checkRules(rules: string): Promise<Verdict> {
  return withFiles({ "rules.yml": rules }, (folder) =>
    runPromtool(["check", "rules", join(folder, "rules.yml")]),
  );
}

/** Whether rules do in time what the tests expect of them: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
export function testRules(rules: string, tests: readonly object[]): Promise<Verdict> {
  const file = JSON.stringify({ rule_files: ["rules.yml"], evaluation_interval: "15s", tests });
  return withFiles({ "rules.yml": rules, "tests.yml": file }, (folder) =>
    runPromtool(["test", "rules", join(folder, "tests.yml")]),
  );
}

async function withFiles<Result>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "jitney-rules-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runPromtool(args: readonly string[], input = ""): Promise<Verdict> {
  const child = execFile(PROMTOOL, args);
  child.stdin?.end(input);
  if (child.stdout === null || child.stderr === null) throw new Error("no output");
  const [closed, ...streams] = await Promise.all([
    once(child, "close"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { exitCode: closed[0], output: streams.join("") };
}
