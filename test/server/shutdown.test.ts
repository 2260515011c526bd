// How a server ends, seen from outside: real processes, real signals, npm, and Ctrl-C in a real terminal.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Answer, query, upper } from "../support/graphql-client.ts";
import { type Run, Running, startJitney } from "../support/server-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const JITNEY = new URL("../../src/index.ts", import.meta.url).href;

/** How long an end may take when nothing runs, and an answer once it is free to leave. */
const AT_ONCE_MS = 1_000;
/** Signals closer than this are one: see `SAME_SIGNAL_MS` in stop-signals.ts. */
const SAME_SIGNAL_MS = 500;

const SCHEMA = `
type Query {
  upper(x: String!): String! @batch
  "Runs until the process gets SIGUSR2."
  held(x: String!): String! @batch(maxBatchSize: 1)
  "Runs for ever."
  hung(x: String!): String! @batch(maxBatchSize: 1)
  "Never answers, and is not batched."
  stuck: String
  word(x: String!): Word! @batch
}
type Word {
  x: String!
  loud: String! @batch
  longer: Word! @batch
}
`;

/** Says on stdout what it is asked for, which batches it gets, and who has left. */
const RESOLVERS = `
import { batched } from ${JSON.stringify(JITNEY)};
console.log("pid " + process.pid + ";");
const released = new Promise((resolve) => process.once("SIGUSR2", resolve));
const say = (text) => process.stdout.write(text + ";\\n");
const field = (name, compute, options = {}) =>
  batched(
    async (keys) => {
      say("batch " + name + " " + keys.map(({ x }) => x).join(","));
      return await compute(keys.map(({ x }) => x));
    },
    {
      ...options,
      key: (source, args, context) => {
        const x = args.x ?? source.x;
        context.request.signal.addEventListener("abort", () => say("left " + x));
        say("asked " + name + " " + x);
        return { x };
      },
    },
  );
const capitals = (words) => words.map((word) => word.toUpperCase());
export default {
  Query: {
    upper: field("upper", capitals),
    held: field("held", (words) => released.then(() => capitals(words))),
    hung: field("hung", () => new Promise(() => {}), { abortGraceMs: 200 }),
    stuck: () => {
      say("asked stuck");
      return new Promise(() => {});
    },
    word: field("word", (words) => words.map((x) => ({ x }))),
  },
  Word: {
    loud: field("loud", capitals),
    longer: field("longer", (words) => words.map((x) => ({ x: x + x }))),
  },
};
`;

/** A window that no test waits for, and no warning. */
const LONG_WINDOW = ["--max-delay-ms", "60000", "--timeout-ms", "120000"];

let folder: string;
let fixture: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-shutdown-"));
  const schema = join(folder, "schema.graphql");
  const resolvers = join(folder, "resolvers.js");
  await writeFile(schema, SCHEMA);
  await writeFile(resolvers, RESOLVERS);
  fixture = ["--schema", schema, "--resolvers", resolvers];
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the fixture; it ends with the test, even with one that runs out of time. */
function start(args: readonly string[] = []): Running {
  const jitney = startJitney([...fixture, ...args]);
  onTestFinished(async () => {
    await jitney.stop();
  });
  return jitney;
}

interface End extends Run {
  readonly tookMs: number;
}

/** Sends signals in the same moment, and gives how the process has ended, and how long after. */
async function endAfter(running: Running, ...signals: readonly NodeJS.Signals[]): Promise<End> {
  const startMs = performance.now();
  for (const signal of signals) running.child.kill(signal);
  const run = await running.ended();
  return { ...run, tookMs: performance.now() - startMs };
}

/** Asks one field for one word, and gives its value. */
async function ask(url: string, field: string, x: string): Promise<unknown> {
  const { body } = await query(url, `query ($x: String!) { ${field}(x: $x) }`, { x });
  return body.data?.[field] ?? body;
}

function connectTo(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Everything that comes over a connection until the server closes it. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return text;
}

/** Resolves when no new connection is accepted. */
async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    const socket = connectTo(url);
    try {
      await once(socket, "connect");
      socket.destroy();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return;
    }
    await sleep(5);
  }
}

async function isReady(url: string): Promise<number> {
  return (await fetch(`${url}/ready`)).status;
}

/** A request as bytes, with its body. */
function requestText(field: string, x: string): { head: string; body: string } {
  const body = JSON.stringify({ query: `{ ${field}(x: "${x}") }` });
  const head =
    "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    `Content-Length: ${body.length}\r\n\r\n`;
  return { head, body };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function pidOf(running: Running): Promise<number> {
  const [, pid] = await running.printed(/pid (\d+);/);
  return Number(pid);
}

describe("a server that has nothing to do ends at once, in order", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s: exit code 0, in less than a second", async (signal) => {
    const jitney = start();
    await jitney.url();
    const { exitCode, stderr, tookMs } = await endAfter(jitney, signal);
    expect({ exitCode, stderr, faults: jitney.faults }).toEqual({ exitCode: 0, stderr: "", faults: [] });
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });

  test("idle connections that are kept alive are closed, and do not keep the server", async () => {
    const jitney = start();
    const url = await jitney.url();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const request = httpRequest(`${url}/health`, { agent }).end();
    const [response]: IncomingMessage[] = await once(request, "response");
    response?.resume();
    const socket = request.socket as Socket;
    await once(agent, "free");
    const closed = once(socket, "close");
    const { exitCode, tookMs } = await endAfter(jitney, "SIGTERM");
    await closed;
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });

  test("a connection on which nothing has come yet does not keep the server", async () => {
    const jitney = start();
    const socket = connectTo(await jitney.url());
    await once(socket, "connect");
    expect(await upper(await jitney.url(), "cat")).toBe("CAT");
    const text = untilClosed(socket);
    const { exitCode, tookMs } = await endAfter(jitney, "SIGTERM");
    expect(await text).toBe("");
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });
});

describe("before it stops, it says so", () => {
  test("/ready turns 503 for --drain-delay-ms, while requests are still served", async () => {
    const jitney = start(["--drain-delay-ms", "1500"]);
    const url = await jitney.url();
    expect(await isReady(url)).toBe(200);
    const end = endAfter(jitney, "SIGTERM");
    while ((await isReady(url)) === 200);
    const ready = await fetch(`${url}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await upper(url, "cat")).toBe("CAT");
    const { exitCode, tookMs } = await end;
    expect(exitCode).toBe(0);
    expect(tookMs).toBeGreaterThanOrEqual(1_490);
    expect(tookMs).toBeLessThan(1_500 + AT_ONCE_MS);
  });
});

describe("what was accepted is answered", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "a request in a window of 60 s is answered at once: %s",
    async (signal) => {
      const jitney = start(LONG_WINDOW);
      const url = await jitney.url();
      const answers = Promise.all([ask(url, "upper", "cat"), ask(url, "upper", "dog")]);
      await Promise.all([jitney.printed(/asked upper cat;/), jitney.printed(/asked upper dog;/)]);
      const { exitCode, stdout, stderr, tookMs } = await endAfter(jitney, signal);
      expect(await answers).toEqual(["CAT", "DOG"]);
      expect(stdout).toMatch(/batch upper (cat,dog|dog,cat);/);
      expect(jitney.log.slice(-2)).toMatchObject([
        { level: "info", reason: signal, inFlight: 2 },
        { level: "info", answered: 2, givenUp: 0 },
      ]);
      expect({ exitCode, stderr, faults: jitney.faults }).toEqual({ exitCode: 0, stderr: "", faults: [] });
      expect(tookMs).toBeLessThan(AT_ONCE_MS);
    },
  );

  test("fields that load more keys on the way are answered, with no delay for those", async () => {
    const jitney = start(LONG_WINDOW);
    const url = await jitney.url();
    const answer = query(url, '{ word(x: "cat") { loud longer { loud longer { loud } } } }');
    await jitney.printed(/asked word cat;/);
    const { exitCode, tookMs } = await endAfter(jitney, "SIGTERM");
    const { status, body } = await answer;
    expect({ status, body }).toEqual({
      status: 200,
      body: { data: { word: { loud: "CAT", longer: { loud: "CATCAT", longer: { loud: "CATCATCATCAT" } } } } },
    });
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });

  test("many requests at once, in fields that run and fields that wait", async () => {
    const jitney = start([...LONG_WINDOW, "--max-batch-size", "1000"]);
    const url = await jitney.url();
    const words = Array.from({ length: 50 }, (_, index) => `word${index}`);
    const answers = Promise.all(
      words.map((x) => query(url, "query ($x: String!) { upper(x: $x) word(x: $x) { loud } }", { x })),
    );
    for (const x of words) await jitney.printed(new RegExp(`asked word ${x};`));
    const { exitCode } = await endAfter(jitney, "SIGTERM");
    const loud = words.map((x) => x.toUpperCase());
    expect((await answers).map(({ body }) => body)).toEqual(
      loud.map((word) => ({ data: { upper: word, word: { loud: word } } })),
    );
    expect(exitCode).toBe(0);
  });

  test("what waits for a free slot, longer than the batch that runs", async () => {
    const jitney = start([...LONG_WINDOW, "--max-batch-size", "2", "--concurrency", "1"]);
    const url = await jitney.url();
    const words = Array.from({ length: 10 }, (_, index) => `word${index}`);
    const answers = Promise.all(words.map((x) => ask(url, "held", x)));
    for (const x of words) await jitney.printed(new RegExp(`asked held ${x};`));
    const end = endAfter(jitney, "SIGTERM");
    await refusesConnections(url);
    jitney.child.kill("SIGUSR2");
    expect(await answers).toEqual(words.map((x) => x.toUpperCase()));
    const { exitCode, stdout } = await end;
    expect(stdout.match(/batch held \w+,\w+;/g)).toHaveLength(words.length / 2);
    expect(exitCode).toBe(0);
  });

  test("no new connection is accepted, and a batch that runs is waited for", async () => {
    const jitney = start(["--max-batch-size", "1"]);
    const url = await jitney.url();
    const answer = ask(url, "held", "cat");
    await jitney.printed(/batch held cat;/);
    const end = endAfter(jitney, "SIGTERM");
    await refusesConnections(url);
    jitney.child.kill("SIGUSR2");
    expect(await answer).toBe("CAT");
    expect((await end).exitCode).toBe(0);
  });

  test("a request whose body is still on its way is answered", async () => {
    const jitney = start(LONG_WINDOW);
    const url = await jitney.url();
    const held = ask(url, "upper", "dog");
    const socket = connectTo(url);
    const { head, body } = requestText("upper", "cat");
    socket.write(head + body.slice(0, 10));
    await jitney.printed(/asked upper dog;/);
    // After this answer, the server has read what came before on other connections.
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const text = untilClosed(socket);
    const end = endAfter(jitney, "SIGTERM");
    await refusesConnections(url);
    socket.write(body.slice(10));
    expect(await text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*{"data":{"upper":"CAT"}}/s);
    expect(await held).toBe("DOG");
    const { exitCode, tookMs } = await end;
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(2 * AT_ONCE_MS);
  });
});

describe("a request that comes after the stop, on a connection from before, is not met with silence", () => {
  test("one that follows another on its connection gets that one's answer, and then a closed connection", async () => {
    const jitney = start();
    const url = await jitney.url();
    const socket = connectTo(url);
    const first = requestText("held", "cat");
    socket.write(first.head + first.body);
    await jitney.printed(/batch held cat;/);
    const text = untilClosed(socket);
    const end = endAfter(jitney, "SIGTERM");
    await refusesConnections(url);
    const second = requestText("upper", "dog");
    socket.write(second.head + second.body);
    jitney.child.kill("SIGUSR2");
    const answered = await text;
    expect(answered).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answered).toMatch(/^Connection: close\r$/im);
    expect(answered).toContain('{"data":{"held":"CAT"}}');
    expect(answered.match(/HTTP\/1\.1 \d+/g)?.slice(1) ?? []).toEqual(
      answered.includes("BATCH_SHUTTING_DOWN") ? ["HTTP/1.1 503"] : [],
    );
    expect((await end).exitCode).toBe(0);
  });

  test("one whose headers were still on their way gets 503 and BATCH_SHUTTING_DOWN", async () => {
    const jitney = start();
    const url = await jitney.url();
    const held = ask(url, "held", "cat");
    const socket = connectTo(url);
    const { head, body } = requestText("upper", "dog");
    socket.write(head.slice(0, 40));
    await jitney.printed(/batch held cat;/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const text = untilClosed(socket);
    const end = endAfter(jitney, "SIGTERM");
    await refusesConnections(url);
    socket.write(head.slice(40) + body);
    const answered = await text;
    expect(answered).toMatch(/^HTTP\/1\.1 503 /);
    expect(answered).toMatch(/^Connection: close\r$/im);
    expect(answered).toMatch(/"code":"BATCH_SHUTTING_DOWN"/);
    jitney.child.kill("SIGUSR2");
    expect(await held).toBe("CAT");
    expect((await end).exitCode).toBe(0);
    // As it does where the batcher refuses: a client that heeds it tries again, elsewhere.
    expect(answered).toMatch(/^Retry-After: \d+\r$/im);
    expect(answered).toMatch(/"retryAfterSeconds":\d/);
  });

  test("a pool of a client's that goes on asking gets an answer, a 503 or an error each time", async () => {
    const jitney = start();
    const url = await jitney.url();
    const held = ask(url, "held", "cat");
    await jitney.printed(/batch held cat;/);
    let count = 0;
    let isOver = false;
    const client = async (): Promise<void> => {
      while (!isOver) {
        const answer: Answer | undefined = await query(url, '{ upper(x: "dog") }').catch(() => undefined);
        if (answer !== undefined) expect([200, 503]).toContain(answer.status);
        count += 1;
      }
    };
    const clients = Promise.all([client(), client(), client()]);
    await jitney.printed(/batch upper/);
    const end = endAfter(jitney, "SIGTERM");
    await refusesConnections(url);
    jitney.child.kill("SIGUSR2");
    expect(await held).toBe("CAT");
    expect((await end).exitCode).toBe(0);
    isOver = true;
    await clients;
    expect(count).toBeGreaterThan(0);
  });
});

describe("signals", () => {
  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("another %s, later than 500 ms after the first, exits at once", async (signal, exitCode) => {
    const jitney = start();
    const url = await jitney.url();
    const answer = ask(url, "hung", "cat").catch((error: unknown) => error);
    await jitney.printed(/batch hung cat;/);
    jitney.child.kill(signal);
    await refusesConnections(url);
    await sleep(SAME_SIGNAL_MS + 50);
    const end = await endAfter(jitney, signal);
    expect(end.exitCode).toBe(exitCode);
    expect(end.tookMs).toBeLessThan(AT_ONCE_MS);
    expect(await answer).toBeInstanceOf(Error);
  });

  test("two in the same moment are one: what was accepted is still answered", async () => {
    const jitney = start();
    const url = await jitney.url();
    const answer = ask(url, "held", "cat");
    await jitney.printed(/batch held cat;/);
    const end = endAfter(jitney, "SIGINT", "SIGTERM", "SIGINT");
    await refusesConnections(url);
    jitney.child.kill("SIGUSR2");
    expect(await answer).toBe("CAT");
    expect((await end).exitCode).toBe(0);
  });
});

describe("what hangs cannot stop the end for ever", () => {
  test("a batch function: its caller gets a clear error, and the log one line", async () => {
    const jitney = start(["--drain-timeout-ms", "200"]);
    const url = await jitney.url();
    const answer = query(url, '{ hung(x: "cat") }');
    await jitney.printed(/batch hung cat;/);
    const { exitCode, tookMs } = await endAfter(jitney, "SIGTERM");
    const { status, headers, body } = await answer;
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("1");
    expect(body).toMatchObject({
      data: null,
      errors: [{ message: "The server is shutting down", extensions: { code: "BATCH_SHUTTING_DOWN" } }],
    });
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(400 + 2 * AT_ONCE_MS);
    expect(jitney.faults).toMatchObject([
      { level: "warn", field: "Query.hung", batch: "hung#1", size: 1, outcome: "abandoned" },
    ]);
    expect(jitney.log.at(-1)).toMatchObject({ answered: 1, givenUp: 1 });
  });

  test("a resolver that is not batched", async () => {
    const jitney = start(["--drain-timeout-ms", "200"]);
    const url = await jitney.url();
    const answer = query(url, "{ stuck }").catch((error: unknown) => error);
    await jitney.printed(/asked stuck;/);
    const { exitCode, tookMs } = await endAfter(jitney, "SIGTERM");
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(200 + 2 * AT_ONCE_MS);
    expect(await answer).toBeInstanceOf(Error);
  });

  test("each request that the end cuts off has its entry at debug, before the one that says that it is over", async () => {
    const jitney = start(["--log-level", "debug", "--drain-timeout-ms", "100"]);
    const url = await jitney.url();
    const answers = ["A", "B", "C"].map((name) =>
      query(url, `query ${name} { stuck }`).catch(() => "cut off"),
    );
    await jitney.printed(/(?:asked stuck;[\s\S]*){3}/);
    await endAfter(jitney, "SIGTERM");
    expect(await Promise.all(answers)).toEqual(["cut off", "cut off", "cut off"]);
    const ended = jitney.log.slice(jitney.log.findIndex(({ reason }) => reason === "SIGTERM") + 1);
    expect(ended).toMatchObject([
      ...Array.from({ length: 3 }, () => ({ level: "debug", aborted: true, path: "/graphql" })),
      { level: "info", msg: expect.stringMatching(/^Drained /) },
    ]);
  });

  test("a client that sends half a request, and no more", async () => {
    const jitney = start(["--drain-timeout-ms", "200"]);
    const url = await jitney.url();
    const socket = connectTo(url);
    const { head, body } = requestText("upper", "cat");
    socket.write(head + body.slice(0, 10));
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const text = untilClosed(socket);
    const { exitCode, tookMs } = await endAfter(jitney, "SIGTERM");
    await text;
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(200 + 2 * AT_ONCE_MS);
  });
});

describe("a client that disconnects while it waits", () => {
  test("its key is not computed, and its batch-mates are answered", async () => {
    const jitney = start([...LONG_WINDOW, "--max-batch-size", "2"]);
    const url = await jitney.url();
    const leaver = new AbortController();
    const left = query(url, '{ upper(x: "gone") }', {}, { signal: leaver.signal }).catch(() => "left");
    await jitney.printed(/asked upper gone;/);
    leaver.abort();
    expect(await left).toBe("left");
    await jitney.printed(/left gone;/);
    expect(await Promise.all([ask(url, "upper", "cat"), ask(url, "upper", "dog")])).toEqual(["CAT", "DOG"]);
    const { stdout } = await endAfter(jitney, "SIGTERM");
    expect(stdout.match(/batch upper [\w,]+;/g)).toEqual([
      expect.stringMatching(/^batch upper (cat,dog|dog,cat);$/),
    ]);
    expect(jitney.faults).toEqual([]);
  });

  test("while its batch runs, the others of it are answered, and nothing is logged", async () => {
    const jitney = start(["--max-batch-size", "2", "--max-delay-ms", "60000", "--timeout-ms", "120000"]);
    const url = await jitney.url();
    const leaver = new AbortController();
    const left = query(url, '{ held(x: "gone") }', {}, { signal: leaver.signal }).catch(() => "left");
    const stays = ask(url, "held", "cat");
    await jitney.printed(/batch held (gone,cat|cat,gone);/);
    leaver.abort();
    expect(await left).toBe("left");
    await jitney.printed(/left gone;/);
    jitney.child.kill("SIGUSR2");
    expect(await stays).toBe("CAT");
    const { exitCode, stderr } = await endAfter(jitney, "SIGTERM");
    expect({ exitCode, stderr, faults: jitney.faults }).toEqual({ exitCode: 0, stderr: "", faults: [] });
  });
});

/** Starts a command of npm's in a process group of its own, which ends with the test. */
function startNpm(args: readonly string[], cwd = ROOT): Running {
  const child = spawn("npm", args, {
    cwd,
    env: { ...process.env, HOST: "", PORT: "" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const npm = new Running(child);
  onTestFinished(async () => {
    signalGroup(npm, "SIGKILL");
    await npm.ended();
  });
  return npm;
}

/** As a terminal does it: to npm and to all that it has started. */
function signalGroup({ child }: Running, signal: NodeJS.Signals): void {
  if (child.pid === undefined) throw new Error("not started");
  try {
    process.kill(-child.pid, signal);
  } catch {
    // All of it has ended.
  }
}

describe("through npm start", () => {
  test("SIGTERM to npm alone ends the server too, in order", async () => {
    const npm = startNpm(["start", "--", "--port", "0", ...fixture, ...LONG_WINDOW]);
    const url = await npm.url();
    const pid = await pidOf(npm);
    const answer = ask(url, "upper", "cat");
    await npm.printed(/asked upper cat;/);
    const { exitCode, tookMs } = await endAfter(npm, "SIGTERM");
    expect(await answer).toBe("CAT");
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(2 * AT_ONCE_MS);
    expect(isGone(pid)).toBe(true);
    await refusesConnections(url);
  });

  test("SIGINT to the whole group, which the server gets twice, ends it in order", async () => {
    const npm = startNpm(["start", "--", "--port", "0", ...fixture]);
    const url = await npm.url();
    const pid = await pidOf(npm);
    const answer = ask(url, "held", "cat");
    await npm.printed(/batch held cat;/);
    signalGroup(npm, "SIGINT");
    await refusesConnections(url);
    process.kill(pid, "SIGUSR2");
    expect(await answer).toBe("CAT");
    expect((await npm.ended()).exitCode).toBe(0);
    expect(isGone(pid)).toBe(true);
  });

  test("Ctrl-C in a terminal ends it in order, and leaves nothing behind", async () => {
    const quoted = fixture.map((arg) => (arg.startsWith("--") ? arg : `'${arg}'`)).join(" ");
    // `exec`: the shell that runs the command would get the signal too, and tell its own end.
    const child = spawn("script", ["-qefc", `exec npm start -- --port 0 ${quoted}`, "/dev/null"], {
      cwd: ROOT,
      env: { ...process.env, HOST: "", PORT: "" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const terminal = new Running(child);
    onTestFinished(async () => {
      await terminal.stop();
    });
    const url = await terminal.url();
    const pid = await pidOf(terminal);
    const answer = ask(url, "held", "cat");
    await terminal.printed(/batch held cat;/);
    child.stdin.write("\x03");
    await refusesConnections(url);
    process.kill(pid, "SIGUSR2");
    expect(await answer).toBe("CAT");
    expect((await terminal.ended()).exitCode).toBe(0);
    expect(isGone(pid)).toBe(true);
  });
});

describe("npm run dev", () => {
  /** A copy of what it needs, to be changed. */
  async function copyOfProject(): Promise<string> {
    const copy = await mkdtemp(join(folder, "dev-"));
    for (const name of ["src", "schema.graphql", "package.json"]) {
      await cp(join(ROOT, name), join(copy, name), { recursive: true });
    }
    await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const resolvers = join(copy, "src", "resolvers.ts");
    await writeFile(
      resolvers,
      `${await readFile(resolvers, "utf8")}\nconsole.log(\`pid \${process.pid};\`);\n`,
    );
    return copy;
  }

  async function change(file: string, from: string, to: string): Promise<void> {
    const text = await readFile(file, "utf8");
    expect(text).toContain(from);
    await writeFile(file, text.replace(from, to));
  }

  function readyTimes(count: number): RegExp {
    return new RegExp(`(?:.*?Jitney ready at (\\S+)/graphql){${count}}`, "s");
  }

  async function urlOf(npm: Running, count: number): Promise<string> {
    const [, url] = await npm.printed(readyTimes(count));
    if (url === undefined) throw new Error("no address");
    return url;
  }

  test("restarts when the schema or a source changes, and ends on SIGINT without orphans", async () => {
    const copy = await copyOfProject();
    const npm = startNpm(["run", "dev", "--", "--port", "0"], copy);
    expect(await upper(await urlOf(npm, 1), "cat")).toBe("CAT");

    await change(join(copy, "schema.graphql"), "maxBatchSize: 32", "maxBatchSize: 7");
    await npm.printed(/"Query\.upper":\{"maxBatchSize":7,/);
    await urlOf(npm, 2);

    await change(join(copy, "src", "resolvers.ts"), "toUpperCase", "toLowerCase");
    const url = await urlOf(npm, 3);
    expect(await upper(url, "CAT")).toBe("cat");

    signalGroup(npm, "SIGINT");
    const { stdout } = await npm.ended();
    const pids = [...stdout.matchAll(/pid (\d+);/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(3);
    expect(pids.map(isGone)).toEqual([true, true, true]);
    await refusesConnections(url);
  }, 40_000);

  test("a SIGTERM to npm alone leaves no orphan", async () => {
    const npm = startNpm(["run", "dev", "--", "--port", "0"], await copyOfProject());
    const url = await urlOf(npm, 1);
    const pid = await pidOf(npm);
    npm.child.kill("SIGTERM");
    await npm.ended();
    expect(isGone(pid)).toBe(true);
    await refusesConnections(url);
  });
});
