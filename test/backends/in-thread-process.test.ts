// In processes of their own: the event loop goes on while a function burns, and a finished program ends by itself.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { query } from "../support/graphql-client.ts";
import { Running, startJitney } from "../support/server-process.ts";

const fixture = (file: string): string => new URL(`../fixtures/${file}`, import.meta.url).href;
const source = (file: string): string => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href);

const HEAVY = `
  import { monitorEventLoopDelay } from "node:perf_hooks";
  import { inThread } from ${source("backends/in-thread.ts")};
  import { createBatcher } from ${source("index.ts")};
  const heavy = inThread(${JSON.stringify(fixture("heavy.ts"))}, { maxThreads: 1, idleTimeoutMs: 60_000 });
  const batcher = createBatcher(heavy, { maxDelayMs: 1 });
`;

function run(program: string): Running {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", HEAVY + program]);
  const running = new Running(child);
  onTestFinished(async () => void (await running.stop()));
  return running;
}

function startHeavyServer(): Running {
  const files = ["heavy.graphql", "heavy-resolvers.ts"].map((file) => fileURLToPath(fixture(file)));
  const server = startJitney(["--schema", files[0] ?? "", "--resolvers", files[1] ?? ""]);
  // Also when the test's time is up, and it waits for ever.
  onTestFinished(async () => void (await server.stop()));
  return server;
}

test("the event loop is not held up for 20 ms while a function burns a second, its thread's start included", async () => {
  const { exitCode, stdout, stderr } = await run(`
    import burn from ${JSON.stringify(fixture("heavy.ts"))};
    const delay = monitorEventLoopDelay({ resolution: 1 });
    // The monitor measures from turn to turn: it sees nothing of the turns in which it is reset and read.
    const quietTurns = () => new Promise((resolve) => setTimeout(resolve, 50));
    const longestDelay = async (batchFunction) => {
      delay.enable();
      await quietTurns();
      delay.reset();
      await quietTurns();
      await createBatcher(batchFunction).load({ says: "cat", burnMs: 1_000 });
      await quietTurns();
      delay.disable();
      return delay.max / 1e6;
    };
    // On a machine that others use too, they hold up a round now and then: never less than what is our own doing.
    const onThreads = [];
    while (onThreads.length < 10 && !(onThreads.at(-1) < 20)) {
      await using fresh = inThread(${JSON.stringify(fixture("heavy.ts"))}, { maxThreads: 1 });
      onThreads.push(await longestDelay(fresh));
    }
    console.log(JSON.stringify({ onThreads, onEventLoop: await longestDelay(burn) }));
  `).ended();
  expect([exitCode, stderr]).toEqual([0, ""]);
  const { onThreads, onEventLoop }: { onThreads: number[]; onEventLoop: number } = JSON.parse(stdout);
  // What the monitor says counts only if it sees what is there to be seen.
  expect(onEventLoop).toBeGreaterThan(900);
  expect(onThreads.at(-1), `longest delays: ${onThreads}`).toBeLessThan(20);
}, 60_000);

test("a program is kept alive while its batch runs, and ends by itself at once when nothing does", async () => {
  const running = run('console.log(await batcher.load({ says: "cat", burnMs: 500 }));');
  await running.printed(/CAT/);
  const answeredAt = performance.now();
  expect(await running.ended()).toEqual({ exitCode: 0, stdout: "CAT\n", stderr: "" });
  // Far less than idleTimeoutMs: an idle thread keeps nobody.
  expect(performance.now() - answeredAt).toBeLessThan(5_000);
});

test("a program that never asks for a value starts no thread, and ends by itself", async () => {
  expect(await run("").ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("a program whose caller has left a function that burns for ever ends by itself", async () => {
  const { exitCode, stdout } = await run(`
    const load = batcher.load({ burnMs: 3_600_000 }, { signal: AbortSignal.timeout(500) });
    console.log(await load.catch((reason) => reason.name));
  `).ended();
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "TimeoutError\n" });
});

test("a program whose thread died ends by itself", async () => {
  const { exitCode, stdout } = await run(`
    console.log(await batcher.load({ does: "exit" }).catch(({ code }) => code), await batcher.load({ says: "cat" }));
  `).ended();
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "BATCH_FAILED CAT\n" });
});

test("a server answers /health at once while a field burns", async () => {
  const server = startHeavyServer();
  const url = await server.url();
  let isBurning = true;
  const burning = query(url, '{ heavy(says: "cat", burnMs: 1500) }').finally(() => {
    isBurning = false;
  });
  const waits: number[] = [];
  while (isBurning) {
    const askedAt = performance.now();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    waits.push(performance.now() - askedAt);
  }
  expect((await burning).body).toEqual({ data: { heavy: "CAT" } });
  expect(waits.length).toBeGreaterThan(20);
  // One of them would take the whole burn if the event loop waited for it.
  expect(Math.max(...waits)).toBeLessThan(750);
});

test("a client that disconnects frees the server's only thread", async () => {
  const server = startHeavyServer();
  const url = await server.url();
  const leaver = new AbortController();
  const left = query(url, '{ heavy(says: "cat", burnMs: 3600000) }', {}, { signal: leaver.signal });
  left.catch(() => {});
  await server.printed(/begun/);
  leaver.abort();
  await expect(left).rejects.toThrow();
  expect((await query(url, '{ heavy(says: "dog", burnMs: 0) }')).body).toEqual({ data: { heavy: "DOG" } });
});

test("a server that is told to stop answers what burns, and ends", async () => {
  const server = startHeavyServer();
  const url = await server.url();
  const burning = query(url, '{ heavy(says: "cat", burnMs: 1000) }');
  await server.printed(/begun/);
  server.child.kill("SIGTERM");
  expect((await burning).body).toEqual({ data: { heavy: "CAT" } });
  expect(await server.ended()).toMatchObject({ exitCode: 0, stderr: "" });
  expect(server.faults).toEqual([]);
});
