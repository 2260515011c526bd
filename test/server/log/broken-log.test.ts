// A log that cannot be written harms nobody: the disk is full, or the logger is broken.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { batched } from "../../../src/index.ts";
import { buildServedSchema, type Logger, startServer } from "../../../src/server/index.ts";
import { logWarning } from "../../../src/server/log/warning-log.ts";
import { query, upper } from "../../support/graphql-client.ts";
import { KeptLog } from "../../support/log.ts";
import { Running } from "../../support/server-process.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const MASKED = [
  {
    message: "Unexpected error.",
    locations: expect.anything(),
    path: ["plain"],
    extensions: expect.anything(),
  },
];

test("where a logger throws, answers are what they are, and standard error is told once", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  const broken = (): never => {
    throw new Error("no space\nleft");
  };
  const logger: Logger = {
    debug: broken,
    info: broken,
    warn: broken,
    error: broken,
    isLevelEnabled: () => true,
  };
  const schema = buildServedSchema({
    typeDefs: "type Query { plain: String whole(x: Int!): String @batch(maxDelayMs: 0) }",
    typeDefsName: "a",
    resolvers: {
      Query: {
        plain: broken,
        whole: batched(broken as () => string[]),
      },
    },
    resolversName: "b",
  });
  const server = await startServer({ schema, port: 0, logger });
  try {
    expect((await query(server.url, "{ plain }")).body.errors).toEqual(MASKED);
    const { body } = await query(server.url, "{ whole(x: 1) }");
    expect(body.errors?.[0]?.extensions?.code).toBe("BATCH_FAILED");
  } finally {
    await server.drain();
  }
  expect(told.mock.calls).toEqual([["jitney: the log cannot be written: no space\\nleft"]]);
  vi.restoreAllMocks();
});

test.runIf(existsSync("/dev/full"))(
  "on a disk that is full, the server starts, answers and drains",
  async () => {
    const port = await freePort();
    const args = ["src/main.ts", "--port", String(port), "--log-level", "debug", "--log-format", "json"];
    const shell = spawn("sh", ["-c", 'exec "$0" "$@" > /dev/full', process.execPath, ...args], { cwd: ROOT });
    await using server = new Running(shell);
    const url = `http://127.0.0.1:${port}`;
    const isReady = () =>
      fetch(`${url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await vi.waitUntil(isReady, { timeout: 10_000, interval: 50 });
    for (const word of ["cat", "dog"]) expect(await upper(url, word)).toBe(word.toUpperCase());
    shell.kill("SIGTERM");
    const { exitCode, stderr } = await server.ended();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^jitney: the log cannot be written: ENOSPC[^\n]*\n$/),
    });
  },
);

test.runIf(existsSync("/dev/full"))("what a full disk refuses is kept up to a bound", async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(new URL("../../../src/server/log/stdout-logger.ts", import.meta.url).href)};
    const logger = await createLogger({ format: "json" });
    const heapAfter = (entries) => {
      for (let entry = 0; entry < entries; entry += 1) try { logger.info({ entry }, "x".repeat(100)); } catch {}
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = heapAfter(20_000);
    console.error("grown by", heapAfter(100_000) - before);`;
  const args = [
    "-c",
    'exec "$0" "$@" > /dev/full',
    process.execPath,
    "--expose-gc",
    "--input-type=module",
    "-e",
    program,
  ];
  await using child = new Running(spawn("sh", args, { cwd: ROOT }));
  const { stderr } = await child.ended();
  // Without the bound it was some 180 bytes an entry.
  expect(Number(/grown by (-?\d+)/.exec(stderr)?.[1]), stderr).toBeLessThan(3_000_000);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test.each([undefined, Symbol("odd"), "x".repeat(10_000)])("a warning may be called anything: %s", (name) => {
  const log = new KeptLog();
  logWarning(log, Object.assign(new Error("m".repeat(10_000)), { name }));
  expect(log.entries).toHaveLength(1);
  expect(log.entries[0]?.msg.length).toBeLessThan(4_200);
});
