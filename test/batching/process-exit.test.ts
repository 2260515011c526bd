// With the real clock in a real process: nothing that a batcher sets keeps a finished program alive.

import { spawn } from "node:child_process";
import { expect, test } from "vitest";

const HEART = new URL("../../src/batching/index.ts", import.meta.url).href;
/** A start of Node on a busy machine takes seconds; every timer in these programs takes longer than that. */
const PROMPT_MS = 15_000;

/** Runs a program with the node that runs this test; gives its output once it has exited by itself. */
function run(program: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
    // Killed by this, it has no exit code.
    timeout: PROMPT_MS,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: output.trim() }));
  });
}

const UPPER = `
  import { createBatcher } from ${JSON.stringify(HEART)};
  const options = { maxBatchSize: 2, maxDelayMs: 60_000, timeoutMs: 30_000, abortGraceMs: 30_000, onWarning() {} };
  const upper = createBatcher((words) => words.map((word) => word.toUpperCase()), options);
`;

test("a program whose batch left by size exits by itself", async () => {
  const { code, output } = await run(`${UPPER}
    console.log(...(await Promise.all([upper.load("cat"), upper.load("dog")])));
  `);
  expect({ code, output }).toEqual({ code: 0, output: "CAT DOG" });
});

test("a program whose only caller has left exits by itself", async () => {
  const { code, output } = await run(`${UPPER}
    const leaver = new AbortController();
    const load = upper.load("cat", { signal: leaver.signal });
    leaver.abort("left");
    console.log(await load.catch((reason) => reason));
  `);
  expect({ code, output }).toEqual({ code: 0, output: "left" });
});

test("a program that drains exits by itself", async () => {
  const { code, output } = await run(`${UPPER}
    const load = upper.load("cat");
    await upper.drain();
    console.log(await load);
  `);
  expect({ code, output }).toEqual({ code: 0, output: "CAT" });
});

test("a program that waits for a delay is kept alive until it has its answer", async () => {
  const { code, output } = await run(`${UPPER}
    console.log(await upper.load("cat", { maxDelayMs: 20 }));
  `);
  expect({ code, output }).toEqual({ code: 0, output: "CAT" });
});
