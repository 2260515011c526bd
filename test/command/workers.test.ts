// --workers: several processes that serve together, as a user starts them, with real signals and real ends.

import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readCommandLine } from "../../src/command/command-line.ts";
import { BackOff } from "../../src/command/workers/back-off.ts";
import type { Held } from "../fixtures/held-clients.ts";
import { startFixture } from "../support/fixture-process.ts";
import type { LogEntry } from "../support/log.ts";
import { type Run, type Running, startJitney } from "../support/server-process.ts";
import { askOn, keptConnection, pidOn, pidsOf, startWorkers, stopProcess } from "../support/workers.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-workers-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The entries that say that it is ready. */
const startsOf = (jitney: Running): readonly LogEntry[] =>
  jitney.log.filter(({ msg }) => msg.startsWith("Jitney ready at"));

const endsOf = (jitney: Running): readonly LogEntry[] =>
  jitney.log.filter(({ msg }) => msg.startsWith("Worker has ended"));

/** Resolves when so many matches have been printed. */
async function printedTimes(jitney: Running, pattern: RegExp, count: number): Promise<void> {
  await expect.poll(() => jitney.stdout.match(pattern)?.length ?? 0, { timeout: 15_000 }).toBe(count);
}

describe("the start", () => {
  test("all workers answer at one address, and it is said once, with how many they are, as is what is warned of", async () => {
    const jitney = startWorkers(["--workers", "3", "--max-delay-ms", "60000"]);
    const url = await jitney.url();
    const pids = await pidsOf(url, 3);
    expect(pids).not.toContain(jitney.child.pid);
    jitney.child.kill("SIGTERM");
    expect(await jitney.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(startsOf(jitney)).toMatchObject([{ workers: 3, url, pid: jitney.child.pid }]);
    expect(startsOf(jitney)[0]?.msg).toBe(
      `Jitney ready at ${url}/graphql, with 3 workers: limits are of each`,
    );
    expect(jitney.faults).toMatchObject([
      { level: "warn", worker: 1, msg: expect.stringMatching(/timeoutMs/) },
    ]);
    const numbers = jitney.log.map(({ worker, reason }) => (reason === undefined ? undefined : worker));
    expect(numbers.filter((number) => number !== undefined).sort()).toEqual([1, 2, 3]);
  });

  test("one worker is this process alone", async () => {
    const jitney = startWorkers(["--workers", "1"]);
    const url = await jitney.url();
    expect(await pidOn(false, url)).toBe(jitney.child.pid);
    expect(startsOf(jitney)[0]).not.toHaveProperty("workers");
  });

  test("auto is one for each core", () => {
    expect(readCommandLine(["--workers", "auto"], {}).workers).toBe(availableParallelism());
  });

  test("a number that is none is refused in one line", async () => {
    const { exitCode, stdout, stderr } = await startWorkers(["--workers", "0"]).ended();
    const line = "jitney: --workers: expected a whole number from 1 to 1,024, or auto, but got: 0\n";
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: "", stderr: line });
    for (const given of ["-1", "1.5", "many", "1025", "AUTO"])
      expect(() => readCommandLine(["--workers", given], {}), given).toThrow(/^--workers: expected a whole/);
  });
});

describe("what keeps it from starting is said as by one process, once, and nothing stays behind", () => {
  /** How it ends with one process and with three; both have closed their output, as have all who inherited it. */
  async function both(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<[Run, Run]> {
    const runs = ["1", "3"].map(async (workers) => {
      const jitney = startJitney([...args, "--workers", workers], env);
      onTestFinished(async () => {
        await jitney.stop();
      });
      return await jitney.ended();
    });
    const [one, three] = await Promise.all(runs);
    if (one === undefined || three === undefined) throw new Error("not run");
    return [one, three];
  }

  async function file(name: string, text: string): Promise<string> {
    const path = join(await mkdtemp(join(folder, "file-")), name);
    await writeFile(path, text);
    return path;
  }

  test("a port that is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const [one, three] = await both(["--port", String(port)]);
    expect(three).toEqual(one);
    expect(three).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `jitney: cannot listen on 127.0.0.1:${port}: the port is in use\n`,
    });
  });

  test("a schema that is none", async () => {
    const [one, three] = await both(["--schema", await file("bad.graphql", "type Query {")]);
    expect(three).toEqual(one);
    expect(three).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^jitney: .*\n$/) });
  });

  test("resolvers that never finish loading", async () => {
    const [one, three] = await both([
      "--resolvers",
      await file("waits.js", "await new Promise(() => {});\n"),
    ]);
    expect(three).toEqual(one);
    expect(three).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/never finished loading/) });
  });

  test("what fails in a second process only", async () => {
    const lock = JSON.stringify(join(folder, "lock"));
    const text = `import { writeFileSync } from "node:fs";\nwriteFileSync(${lock}, "", { flag: "wx" });\nexport { default } from ${JSON.stringify(new URL("../../src/resolvers.ts", import.meta.url).href)};\n`;
    const jitney = startJitney(["--resolvers", await file("locks.ts", text), "--workers", "3"]);
    const { exitCode, stdout, stderr } = await jitney.ended();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^jitney: cannot load the resolvers from .*EEXIST.*\n$/);
  });
});

describe("a worker that ends", () => {
  test("is replaced under its number; what others are asked is answered all the while", async () => {
    const jitney = startWorkers(["--workers", "2"]);
    const url = await jitney.url();
    const [victim = 0, other = 0] = await pidsOf(url, 2);
    const agent = keptConnection();
    let pid = 0;
    while (pid !== other) {
      agent.destroy();
      pid = await pidOn(agent, url);
    }
    process.kill(victim, "SIGKILL");
    let isReplaced = false;
    const replaced = jitney.printed(/ready in place/).then(() => {
      isReplaced = true;
    });
    let count = 0;
    for (; !isReplaced; count += 1) expect(await pidOn(agent, url)).toBe(other);
    await replaced;
    expect(count).toBeGreaterThan(0);
    const [end] = endsOf(jitney);
    expect(end).toMatchObject({ level: "error", signal: "SIGKILL", restartInMs: 0 });
    const back = jitney.log.find(({ msg }) => msg.startsWith("Worker is ready"));
    expect(back?.worker).toBe(end?.worker);
    const pids = await pidsOf(url, 2);
    expect(pids).toContain(other);
    expect(pids).not.toContain(victim);
    expect(startsOf(jitney)).toHaveLength(1);
  });

  test("by a SIGTERM of its own answers whom it has accepted, and is replaced", async () => {
    const jitney = startWorkers(["--workers", "2"], { RUN_MS: "300" });
    const url = await jitney.url();
    const agent = keptConnection();
    const pid = await pidOn(agent, url);
    const answer = askOn(agent, url, '{ upper(x: "cat") }');
    await jitney.printed(/^asked cat;/m);
    process.kill(pid, "SIGTERM");
    expect((await answer).data).toEqual({ upper: "CAT" });
    await jitney.printed(/ready in place/);
    expect(endsOf(jitney)).toMatchObject([{ level: "info", exitCode: 0 }]);
  });

  test("and cannot start is tried later each time, until it can; the log says why", async () => {
    const broken = join(folder, "broken");
    const jitney = startWorkers(["--workers", "2"], { BROKEN: broken });
    const url = await jitney.url();
    const [victim = 0] = await pidsOf(url, 2);
    await writeFile(broken, "");
    process.kill(victim, "SIGKILL");
    await printedTimes(jitney, /Worker has ended/g, 3);
    await rm(broken);
    const [killed, ...failed] = endsOf(jitney);
    expect(killed).toMatchObject({ signal: "SIGKILL", restartInMs: 0 });
    const failure = {
      level: "error",
      exitCode: 2,
      servedMs: 0,
      msg: expect.stringMatching(/: broken; it is/),
    };
    expect(failed).toMatchObject([
      { ...failure, restartInMs: 500 },
      { ...failure, restartInMs: 1_000 },
    ]);
    expect((await askOn(false, url, '{ upper(x: "cat") }')).data).toEqual({ upper: "CAT" });
    await jitney.printed(/ready in place/);
    await pidsOf(url, 2);
    expect(jitney.stderr).toBe("");
  });

  test("and cannot be made is tried again, until it can; the other answers all the while", async () => {
    const bin = join(folder, "bin");
    const away = join(folder, "away");
    await mkdir(bin);
    await copyFile(process.execPath, join(bin, "node"));
    const jitney = startWorkers(["--workers", "2"], {}, { node: join(bin, "node") });
    const url = await jitney.url();
    const [victim = 0] = await pidsOf(url, 2);
    // Of the first kind of failure Node tells by an event; of the second it throws.
    await rename(bin, away);
    process.kill(victim, "SIGKILL");
    await jitney.printed(/Worker has ended[^\n]*ENOENT/);
    await writeFile(bin, "");
    await jitney.printed(/Worker has ended[^\n]*ENOTDIR/);
    expect((await askOn(false, url, '{ upper(x: "cat") }')).data).toEqual({ upper: "CAT" });
    await rm(bin);
    await rename(away, bin);
    await jitney.printed(/ready in place/);
    await pidsOf(url, 2);
    expect(jitney.stderr).toBe("");
  });

  test("with all others: they come back at the same address, also where the port was free by chance", async () => {
    const jitney = startWorkers(["--workers", "2"]);
    const url = await jitney.url();
    for (const pid of await pidsOf(url, 2)) process.kill(pid, "SIGKILL");
    await printedTimes(jitney, /ready in place/g, 2);
    await pidsOf(url, 2);
    expect(startsOf(jitney)).toHaveLength(1);
  });

  test("leaves no client waiting on a connection that it was given and had not taken", async () => {
    const jitney = startWorkers(["--workers", "2"]);
    const url = await jitney.url();
    const [stuck = 0] = await pidsOf(url, 2);
    stopProcess(stuck);
    const asked = Array.from({ length: 10 }, () => pidOn(false, url).catch(() => "closed"));
    // Nine are answered by the other worker; this one comes after them.
    await pidsOf(url, 1);
    process.kill(stuck, "SIGKILL");
    const ends = await Promise.all(asked);
    expect(ends.filter((end) => end === "closed")).toHaveLength(1);
  });

  test("waits twice as long each time, for half a minute at most, and not at all once it has served", () => {
    const backOff = new BackOff();
    const waits = Array.from({ length: 9 }, () => backOff.next(9_999));
    expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect([backOff.next(10_000), backOff.next(0)]).toEqual([0, 500]);
  });
});

describe("the end", () => {
  const CLIENTS = 300;
  /** Until the end, which releases them. */
  const ALL_WAIT = ["--max-delay-ms", "20000", "--max-batch-size", "1000"];

  test("SIGTERM under load: all workers drain, and everyone who was taken is answered", async () => {
    const jitney = startWorkers(["--workers", "2", ...ALL_WAIT], { RUN_MS: "50" });
    const url = await jitney.url();
    await using clients = startFixture("held-clients.ts", { url });
    await clients.ask("hold", { count: CLIENTS, prefix: "key" });
    await printedTimes(jitney, /^asked key/gm, CLIENTS);
    const latecomers = clients.ask("hold", { count: 50, prefix: "late" });
    jitney.child.kill("SIGTERM");
    await latecomers;
    const { right, others, closedKeys } = await clients.ask<Held>("ends");
    const { exitCode, stdout, stderr } = await jitney.ended();
    const asked = new Set([...stdout.matchAll(/^asked (.*);$/gm)].map(([, key]) => key));
    expect(closedKeys.filter((key) => asked.has(key))).toEqual([]);
    const { closed = 0, BATCH_SHUTTING_DOWN: refused = 0, ...wrong } = others;
    expect(wrong).toEqual({});
    expect(right).toBe(asked.size);
    expect(right + closed + refused).toBe(CLIENTS + 50);
    expect({ exitCode, stderr, faults: jitney.faults }).toEqual({ exitCode: 0, stderr: "", faults: [] });
    const drained = jitney.log.filter(({ answered }) => answered !== undefined);
    expect(drained.map(({ worker }) => worker).sort()).toEqual([1, 2]);
    expect(drained.reduce((sum, { answered }) => sum + Number(answered), 0)).toBeGreaterThanOrEqual(right);
    expect(jitney.log.at(-1)).toMatchObject({ workers: 2, pid: jitney.child.pid });
  });

  /** In a group of its own, as a terminal has it. */
  function startGroup(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return startWorkers(["--workers", "2", ...args], env, { detached: true });
  }

  function signalGroup({ child }: Running, signal: NodeJS.Signals): void {
    if (child.pid === undefined) throw new Error("not started");
    process.kill(-child.pid, signal);
  }

  test.each(["SIGINT", "SIGTERM"] as const)("%s to the whole group ends all in order", async (signal) => {
    const jitney = startGroup([], { RUN_MS: "400" });
    const url = await jitney.url();
    const answers = Array.from({ length: 6 }, (_, index) => askOn(false, url, `{ upper(x: "cat${index}") }`));
    await printedTimes(jitney, /^asked cat/gm, 6);
    signalGroup(jitney, signal);
    signalGroup(jitney, signal);
    const got = await Promise.all(answers);
    expect(got.map(({ data }) => data)).toEqual(got.map((_, index) => ({ upper: `CAT${index}` })));
    expect(await jitney.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(jitney.faults).toEqual([]);
  });

  test("a second signal, later, ends all at once", async () => {
    const jitney = startGroup([], { RUN_MS: "60000" });
    const url = await jitney.url();
    const answer = askOn(false, url, '{ upper(x: "cat") }').catch(() => "cut off");
    await jitney.printed(/^asked cat;/m);
    signalGroup(jitney, "SIGINT");
    const begunAt = performance.now();
    // The same signal, until it is another one.
    const again = setInterval(() => signalGroup(jitney, "SIGINT"), 100);
    onTestFinished(() => clearInterval(again));
    await once(jitney.child, "exit");
    clearInterval(again);
    // With it, all that have its output.
    await jitney.ended();
    expect(jitney.child.exitCode).toBe(130);
    expect(performance.now() - begunAt).toBeGreaterThan(500);
    expect(await answer).toBe("cut off");
  });

  test("a signal before all are ready ends what there is", async () => {
    const jitney = startWorkers(["--workers", "2"]);
    await jitney.printed(/loaded/);
    jitney.child.kill("SIGTERM");
    expect(await jitney.ended()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(startsOf(jitney)).toEqual([]);
  });

  test("a worker that does not hear of the end is ended, in time", async () => {
    const jitney = startWorkers(["--workers", "2", "--drain-timeout-ms", "0"]);
    const url = await jitney.url();
    const [stuck = 0] = await pidsOf(url, 2);
    stopProcess(stuck);
    const begunAt = performance.now();
    jitney.child.kill("SIGTERM");
    expect((await jitney.ended()).exitCode).toBe(1);
    expect(performance.now() - begunAt).toBeGreaterThan(4_900);
    expect(jitney.log.at(-1)).toMatchObject({ level: "error", workers: 2 });
    expect(jitney.log.filter(({ answered }) => answered !== undefined)).toHaveLength(1);
  });

  test("a primary process that is killed leaves no worker behind: they answer whom they have, and end", async () => {
    const jitney = startWorkers(["--workers", "2"], { RUN_MS: "300" });
    const url = await jitney.url();
    const answer = askOn(false, url, '{ upper(x: "cat") }');
    await jitney.printed(/^asked cat;/m);
    jitney.child.kill("SIGKILL");
    expect((await answer).data).toEqual({ upper: "CAT" });
    // All have closed its output.
    await jitney.ended();
    expect(
      jitney.log
        .filter(({ reason }) => reason === "disconnect")
        .map(({ worker }) => worker)
        .sort(),
    ).toEqual([1, 2]);
  });
});
