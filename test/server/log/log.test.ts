// The log as it is written: for programs and for people, and whatever clients have sent.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { GraphQLError } from "graphql";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { batched } from "../../../src/index.ts";
import { buildServedSchema, type Logger, startServer } from "../../../src/server/index.ts";
import { cleanLogger } from "../../../src/server/log/clean-log.ts";
import { createLogger } from "../../../src/server/log/stdout-logger.ts";
import { logWarning } from "../../../src/server/log/warning-log.ts";
import { query } from "../../support/graphql-client.ts";
import { entriesIn, type LogEntry } from "../../support/log.ts";
import { Running, startJitney } from "../../support/server-process.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const TYPE_DEFS = `
  type Query {
    whole(x: String!): String @batch(maxDelayMs: 0)
    one(x: String!): String @batch(maxDelayMs: 0)
    plain(x: String!): String
    coded(x: String!): String
  }
`;

/**
 * What ends lines, drives a terminal, or turns the reading direction; the beginning of another entry; and lines that are
 * read, by pino-pretty, as a part of an error in JSON.
 */
const HOSTILE = [
  "x\n[09:00:00.000] INFO: Jitney ready\r",
  '\n{"level":30,"msg":"Jitney ready"}\r\n',
  "\u001b[2J\u009b2J\u001b]0;title\u0007\u2028\u2029\u0085\u0000\u007f\u202e\u2066end\ttab",
  '\n"stack": "\\u001b[2J"\n    "stack":"\\u009b2J",\n',
].join("");

const nested = (text: string): Error =>
  new AggregateError([new Error(text), new Error("other", { cause: new TypeError(text) })], text, {
    cause: new Error(text, { cause: text }),
  });

const RESOLVERS = {
  Query: {
    whole: batched((keys: readonly { x: string }[]): string[] => {
      throw nested(`whole ${keys[0]?.x}`);
    }),
    one: batched((keys: readonly { x: string }[]) => keys.map(({ x }) => nested(`one ${x}`))),
    plain: (_: unknown, { x }: { x: string }) => {
      throw nested(`plain ${x}`);
    },
    coded: (_: unknown, { x: code }: { x: string }) => {
      throw new GraphQLError("not masked", { extensions: { code } });
    },
  },
};

/** What a logger writes. */
class Output {
  text = "";

  write(line: string): void {
    this.text += line;
  }
}

/** Starts a server, asks it for each of its fields, which all fail, and ends it. */
async function failEverything(logger: Logger, x: string): Promise<void> {
  const names = { typeDefsName: "test.graphql", resolversName: "test.ts" };
  const schema = buildServedSchema({ typeDefs: TYPE_DEFS, resolvers: RESOLVERS, ...names });
  const server = await startServer({ schema, port: 0, logger });
  await query(server.url, "query ($x: String!) { whole(x: $x) one(x: $x) plain(x: $x) coded(x: $x) }", { x });
  await query(server.url, `{ ${x} }`);
  await server.drain(x);
  logWarning(logger, new Error(x));
  logWarning(logger, Object.assign(new Error(x), { name: "Warning" }));
}

/** Nothing but text, line feeds and tabs. */
function expectClean(text: string): void {
  expect(text).not.toMatch(/[^\n\t\P{Cc}]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
}

describe("what a client sends cannot pass for an entry of the log, or reach the terminal", () => {
  test("as JSON: each line is an entry, and clean when it is read, too", async () => {
    const output = new Output();
    await failEverything(await createLogger({ format: "json", level: "trace" }, output), HOSTILE);
    expectClean(output.text);
    const entries = output.text
      .split("\n")
      .slice(0, -1)
      .map((line): LogEntry => JSON.parse(line));
    for (const entry of entries) {
      expectClean(textsIn(entry).join("\n"));
      expect(entry.msg).not.toContain("\n");
    }
    const told = entries.filter(({ level }) => Number(level) >= 40);
    // The AggregateError of `plain` is two errors to Yoga.
    expect(told).toHaveLength(6);
    for (const { msg, err } of told) expect(JSON.stringify([msg, err])).toContain("Jitney ready");
  });

  test("for people: every line of an entry but its first is indented", async () => {
    const output = new Output();
    await failEverything(await createLogger({ format: "pretty", level: "trace" }, output), HOSTILE);
    expectClean(output.text);
    const lines = output.text.split("\n").slice(0, -1);
    for (const line of lines)
      expect(line).toMatch(/^(\[\d\d:\d\d:\d\d\.\d{3}\] (DEBUG|INFO|WARN|ERROR): | {4})/);
    const begun = lines.filter((line) => line.startsWith("["));
    // Ready, drained twice; two requests; and what is told above.
    expect(begun).toHaveLength(3 + 2 + 6);
    expect(begun.filter((line) => /^\S+ INFO: Jitney ready at/.test(line))).toHaveLength(1);
    expect(output.text).toContain("\\u001b[2J\\u009b2J");
  });

  test("to a logger of the user's: its fields are clean already", async () => {
    const output = new Output();
    await failEverything(pino({}, output), HOSTILE);
    const entries = entriesIn(output.text);
    expect(entries.length).toBeGreaterThan(6);
    for (const entry of entries) expectClean(textsIn(entry).join("\n"));
  });
});

/** All texts in an entry, names too. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsIn(part)]);
}

describe("a logger of the user's", () => {
  test("pino's gets errors in its own form: with their types, stacks and causes", async () => {
    const output = new Output();
    cleanLogger(pino({}, output)).error(
      {
        err: new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONN" }) }),
      },
      "it failed",
    );
    expect(entriesIn(output.text)).toMatchObject([
      {
        level: "error",
        msg: "it failed",
        err: {
          type: "TypeError",
          message: "fetch failed: refused",
          stack: expect.stringMatching(
            /^TypeError: fetch failed\n +at [\s\S]*\ncaused by: Error: refused\n +at /,
          ),
        },
      },
    ]);
  });

  test("gets every field by its own name", () => {
    const output = new Output();
    const fields = JSON.parse('{ "__proto__": { "__proto__": 1, "a": ["b"] }, "constructor": "c" }');
    cleanLogger(pino({}, output)).info(fields, "odd names");
    expect(output.text).toContain('"__proto__":{"__proto__":1,"a":["b"]},"constructor":"c"');
  });

  test.each([{}, null, "info", console, () => {}])("that is none is refused: %j", async (logger) => {
    const names = { typeDefsName: "test.graphql", resolversName: "test.ts" };
    const schema = buildServedSchema({ typeDefs: TYPE_DEFS, resolvers: RESOLVERS, ...names });
    await expect(startServer({ schema, port: 0, logger: logger as unknown as Logger })).rejects.toThrow(
      "logger: expected a pino logger, or what has its shape, but got: ",
    );
  });
});

describe("for people", () => {
  test("a start tells where to go, and the limits of each field, one a line", async () => {
    await using jitney = startJitney(["--log-format", "pretty"], { JITNEY_TOKEN: "a-token-of-16-or-more" });
    const url = await jitney.url();
    await jitney.printed(/timeoutMs.*\n/);
    const [first, ...rest] = jitney.stdout.trimEnd().split("\n");
    expect(first).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: Jitney ready at http:\/\/[\d.:]+\/graphql$/);
    expect(rest).toEqual([
      `    graphiql     ${url}/graphql`,
      `    batches      ${url}/batches`,
      `    metrics      ${url}/metrics`,
      `    health       ${url}/health`,
      `    ready        ${url}/ready`,
      "    token        every request for GraphQL needs one",
      "    Query.upper  maxBatchSize 32, maxDelayMs 10, concurrency 4, maxQueueSize 10,000, timeoutMs 30,000",
    ]);
  });

  test("a failure tells its stack, those of its causes, and those of several at once", async () => {
    const output = new Output();
    const err = new AggregateError([new Error("second"), new Error("third")], "first", {
      cause: new Error("why"),
    });
    cleanLogger(await createLogger({ format: "pretty" }, output)).error({ err }, "it failed");
    expect(output.text).toMatch(
      /ERROR: it failed\n {4}AggregateError: first\n( {8}at .*\n)+ {4}caused by: Error: why\n( {8}at .*\n)+ {8}Error: second\n( {12}at .*\n)+ {8}Error: third\n( {12}at .*\n)+$/,
    );
  });
});

describe("where standard output is a terminal", () => {
  /** The command in a terminal of its own. */
  async function startInTerminal(env: NodeJS.ProcessEnv = {}): Promise<string> {
    const child = spawn("script", ["-qefc", "exec node src/main.ts --port 0", "/dev/null"], {
      cwd: ROOT,
      // Where CI is set, Node takes a terminal for one without colours.
      env: { ...process.env, HOST: "", PORT: "", TERM: "xterm", CI: undefined, NO_COLOR: undefined, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const terminal = new Running(child);
    await terminal.url();
    child.stdin.write("\x03");
    return (await terminal.ended()).stdout;
  }

  test("the log is for people, and in colours", async () => {
    const shown = await startInTerminal();
    expect(shown).toContain("\u001b[32mINFO");
    expect(shown).toMatch(/Draining on SIGINT/);
    expect(shown).not.toContain('{"level"');
  });

  test("it has none with NO_COLOR", async () => {
    const shown = await startInTerminal({ NO_COLOR: "1" });
    expect(shown).toMatch(/INFO: Jitney ready at/);
    expect(shown).not.toContain("\u001b[");
  });
});

test("--log-level decides what is written", async () => {
  await using jitney = startJitney(["--log-level", "warn", "--max-delay-ms", "9", "--timeout-ms", "9"]);
  await jitney.printed(/not shorter/);
  jitney.child.kill("SIGTERM");
  await jitney.ended();
  expect(jitney.log.map(({ level }) => level)).toEqual(["warn"]);
});

test("nothing is lost where the process ends at once", async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(new URL("../../../src/server/log/stdout-logger.ts", import.meta.url).href)};
    for (const format of ["json", "pretty"]) {
      const logger = await createLogger({ format });
      for (let index = 0; index < 1_000; index += 1) logger.info({}, "x".repeat(500));
    }
    process.exit();
  `;
  const running = new Running(spawn(process.execPath, ["--input-type=module", "-e", program]));
  const { stdout, stderr } = await running.ended();
  expect(stderr).toBe("");
  expect(stdout.match(/x{500}/g)).toHaveLength(2_000);
});
