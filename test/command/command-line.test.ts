// The command, as a user starts it: its flags, what it prints, and what it says when it cannot start.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { query, upper } from "../support/graphql-client.ts";
import { entriesIn, type LogEntry } from "../support/log.ts";
import { Running, startJitney } from "../support/server-process.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** What fixtures import `batched` from. */
const JITNEY = new URL("../../src/index.ts", import.meta.url).href;

/** An address that no machine has: TEST-NET-3 of RFC 5737. */
const FOREIGN_HOST = "203.0.113.7";

const SCHEMA = "type Query {\n  upper(x: String!): String!\n}\n";
const IMPORT = `import { batched } from ${JSON.stringify(JITNEY)};\n`;
const UPPER = "const upper = batched((keys) => keys.map(({ x }) => x.toUpperCase()));\n";
const RESOLVERS = `${IMPORT}${UPPER}export default { Query: { upper } };\n`;

/** What of the limits is said at the start. */
const DEFAULTS = {
  maxBatchSize: 32,
  maxDelayMs: 10,
  concurrency: 4,
  maxQueueSize: 10_000,
  timeoutMs: 30_000,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-command-line-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a file to a folder of its own, and gives its path. */
async function write(name: string, text: string): Promise<string> {
  const path = join(await mkdtemp(join(folder, "fixture-")), name);
  await writeFile(path, text);
  return path;
}

/** Starts the command on a free port; it ends with the test, even with one that runs out of time. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const jitney = startJitney(args, env);
  onTestFinished(async () => {
    await jitney.stop();
  });
  return jitney;
}

/** The same without `--port 0` before the arguments. */
function startWithoutPort(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, HOST: "", PORT: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const jitney = new Running(child);
  onTestFinished(async () => {
    await jitney.stop();
  });
  return jitney;
}

/** Starts the command with a schema and resolvers of the test's own. */
async function startWith(schema: string, resolvers: string, extension = "js"): Promise<Running> {
  const schemaFile = await write("schema.graphql", schema);
  const resolversFile = await write(`resolvers.${extension}`, resolvers);
  return start(["--schema", schemaFile, "--resolvers", resolversFile]);
}

/** What a command says that must not start: exit code 2, nothing on stdout, and one line, without a stack, on stderr. */
async function refusal(jitney: Running): Promise<string> {
  const url = await jitney.url().catch(() => undefined);
  expect(url, "it started").toBeUndefined();
  const { exitCode, stdout, stderr } = await jitney.ended();
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: expect.stringMatching(/^jitney: [^\n]+\n$/),
  });
  return stderr.slice("jitney: ".length, -1);
}

/** Everything that a command has printed, and its log, by the time it was told to stop. */
async function printedUntilStopped(
  jitney: Running,
): Promise<{ url: string; stdout: string; stderr: string; log: readonly LogEntry[] }> {
  const url = await jitney.url();
  jitney.child.kill("SIGTERM");
  const { stdout, stderr } = await jitney.ended();
  return { url, stdout, stderr, log: entriesIn(stdout) };
}

/** Holds a port of the loopback until the test has ended. */
async function portInUse(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return String((server.address() as AddressInfo).port);
}

describe("what can be asked", () => {
  const FLAGS = [
    ["--schema", "--resolvers", "--host", "--port"],
    ["--max-batch-size", "--max-delay-ms", "--concurrency", "--max-queue-size", "--timeout-ms"],
    ["--max-body-bytes", "--drain-delay-ms", "--drain-timeout-ms", "--help", "--version"],
    ["--log-level", "--log-format", "--log-values"],
  ].flat();

  test("--help tells every flag, and serves nothing", async () => {
    const { exitCode, stdout, stderr } = await start(["--help"]).ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: /);
    for (const flag of FLAGS) expect(stdout).toMatch(new RegExp(`^ {2}${flag}\\b`, "m"));
  });

  test("--version tells the package's version, and serves nothing", async () => {
    const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    const { version }: { version: string } = JSON.parse(text);
    expect(await start(["--version"]).ended()).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("--help helps whatever the environment says", async () => {
    const { exitCode, stdout } = await start(["--help"], { PORT: "abc" }).ended();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: /);
  });
});

describe("what is printed at the start", () => {
  test("in one entry: that it is ready, where to go, and each batched field with its limits", async () => {
    const { url, stdout, stderr, log } = await printedUntilStopped(start([]));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(log[0]).toMatchObject({
      level: "info",
      msg: `Jitney ready at ${url}/graphql`,
      url,
      needsToken: false,
      pages: {
        graphiql: `${url}/graphql`,
        batches: `${url}/batches`,
        metrics: `${url}/metrics`,
        health: `${url}/health`,
        ready: `${url}/ready`,
      },
      fields: { "Query.upper": DEFAULTS },
    });
    expect(log[1]).toMatchObject({ level: "info", reason: "SIGTERM", inFlight: 0 });
    expect(log[2]).toMatchObject({ level: "info", answered: 0, givenUp: 0, ms: expect.any(Number) });
    expect(stdout.split("\n")).toHaveLength(log.length + 1);
    expect({ entries: log.length, stderr }).toEqual({ entries: 3, stderr: "" });
  });

  test("with --batches-page off and --metrics off, not where they would be", async () => {
    const { url, log } = await printedUntilStopped(start(["--batches-page", "off", "--metrics", "off"]));
    const pages = { graphiql: `${url}/graphql`, health: `${url}/health`, ready: `${url}/ready` };
    expect(log[0]?.pages).toEqual(pages);
  });

  test("the server answers by the time that it says it is ready", async () => {
    expect(await upper(await start([]).url(), "cat")).toBe("CAT");
  });

  test("a delay that is not shorter than the time-out is warned of, with its field", async () => {
    const jitney = start(["--max-delay-ms", "100", "--timeout-ms", "100"]);
    const { stderr } = await printedUntilStopped(jitney);
    const msg = "Query.upper: maxDelayMs (100) is not shorter than timeoutMs (100)";
    expect(jitney.faults).toMatchObject([{ level: "warn", msg: expect.stringContaining(msg) }]);
    expect(stderr).toBe("");
  });

  test("a queue that is smaller than a batch is warned of, with its field", async () => {
    const jitney = start(["--max-queue-size", "3", "--max-batch-size", "4"]);
    await printedUntilStopped(jitney);
    const msg = "Query.upper: maxQueueSize (3) is less than maxBatchSize (4)";
    expect(jitney.faults).toMatchObject([{ level: "warn", msg: expect.stringContaining(msg) }]);
  });
});

describe("what wins", () => {
  test("flags win over @batch and over the code, for every field", async () => {
    const schema = await write(
      "schema.graphql",
      "type Query {\n  upper(x: String!): String! @batch(maxBatchSize: 2, maxDelayMs: 3, concurrency: 4)\n" +
        "  lower(x: String!): String!\n}\n",
    );
    const resolvers = await write(
      "resolvers.js",
      `${IMPORT}${UPPER}` +
        "const lower = batched((keys) => keys.map(({ x }) => x.toLowerCase()), { maxQueueSize: 50, timeoutMs: 60 });\n" +
        "export default { Query: { upper, lower } };\n",
    );
    const limits = ["--max-batch-size", "9", "--max-delay-ms", "1.5", "--concurrency", "7"];
    const more = ["--max-queue-size", "80", "--timeout-ms", "5000"];
    const { log } = await printedUntilStopped(
      start(["--schema", schema, "--resolvers", resolvers, ...limits, ...more]),
    );
    const listed = { maxBatchSize: 9, maxDelayMs: 1.5, concurrency: 7, maxQueueSize: 80, timeoutMs: 5_000 };
    expect(log[0]?.fields).toEqual({ "Query.upper": listed, "Query.lower": listed });
  });

  test("without flags, @batch wins over the code, and what neither says is the default", async () => {
    const jitney = await startWith(
      "type Query {\n  upper(x: String!): String! @batch(maxBatchSize: 2)\n}\n",
      `${IMPORT}const upper = batched((keys) => keys.map(({ x }) => x), { maxBatchSize: 5, maxDelayMs: 6 });\n` +
        "export default { Query: { upper } };\n",
    );
    const { log } = await printedUntilStopped(jitney);
    expect(log[0]?.fields).toEqual({ "Query.upper": { ...DEFAULTS, maxBatchSize: 2, maxDelayMs: 6 } });
  });

  test("PORT in the environment says where to listen", async () => {
    const port = await portInUse();
    const line = await refusal(startWithoutPort([], { PORT: port }));
    expect(line).toBe(`cannot listen on 127.0.0.1:${port}: the port is in use`);
  });

  test("--port wins over PORT", async () => {
    const port = await portInUse();
    const url = await startWithoutPort(["--port", "0"], { PORT: port }).url();
    expect(new URL(url).port).not.toBe(port);
  });

  test("--port wins over a PORT that is none", async () => {
    const url = await startWithoutPort(["--port", "0"], { PORT: "abc" }).url();
    expect(await upper(url, "cat")).toBe("CAT");
  });

  test("HOST in the environment says where to listen", async () => {
    const line = await refusal(start([], { HOST: FOREIGN_HOST }));
    expect(line).toContain(`cannot listen on ${FOREIGN_HOST}:`);
  });

  test("--host wins over HOST", async () => {
    const url = await start(["--host", "127.0.0.1"], { HOST: FOREIGN_HOST }).url();
    expect(new URL(url).hostname).toBe("127.0.0.1");
  });
});

describe("flags that cannot be used are refused in one line that names them", () => {
  test.each([
    ["a flag that does not exist", ["--nonsense"], "unknown option: --nonsense (see --help)"],
    ["one with a value", ["--nonsense=3"], "unknown option: --nonsense (see --help)"],
    ["one of one letter", ["-p", "80"], "unknown option: -p (see --help)"],
    ["one that an object has by birth", ["--constructor"], "unknown option: --constructor (see --help)"],
    ["a word that is no flag", ["serve"], "unexpected argument: serve (see --help)"],
    ["a flag without its value", ["--max-batch-size"], "--max-batch-size: expected a value (see --help)"],
    ["a file flag without its value", ["--schema"], "--schema: expected a value (see --help)"],
    ["a switch with a value", ["--help=1"], "--help: takes no value"],
    ["a port out of range", ["--port", "99999"], "--port: expected a port, from 0 to 65535, but got: 99999"],
    ["a port below 0", ["--port", "-1"], "--port: expected a port, from 0 to 65535, but got: -1"],
    [
      "a port that is no number",
      ["--port", "http"],
      '--port: expected a port, from 0 to 65535, but got: "http"',
    ],
    [
      "a level that there is not",
      ["--log-level", "loud"],
      '--log-level: expected trace, debug, info, warn, error, fatal or silent, but got: "loud"',
    ],
    [
      "a format that there is not",
      ["--log-format", "xml"],
      '--log-format: expected json or pretty, but got: "xml"',
    ],
    ["a switch between on and off", ["--log-values", "some"], "--log-values: expected on or off, but got:"],
    [
      "a body limit of 0",
      ["--max-body-bytes", "0"],
      "--max-body-bytes: expected a whole number of 1 or more",
    ],
  ])("%s", async (_what, args, expected) => {
    expect(await refusal(start(args))).toContain(expected);
  });

  const COUNT = "expected a whole number of 1 or more, but got:";
  test.each([
    ["0", `--max-batch-size: ${COUNT} 0`],
    ["-1", `--max-batch-size: ${COUNT} -1`],
    ["abc", `--max-batch-size: ${COUNT} "abc"`],
    ["1.5", `--max-batch-size: ${COUNT} 1.5`],
    ["", "--max-batch-size: expected a"],
    ["1e999", `--max-batch-size: ${COUNT} Infinity`],
    ["0x10", `--max-batch-size: ${COUNT} "0x10"`],
  ])("a limit of %j", async (given, expected) => {
    expect(await refusal(start(["--max-batch-size", given]))).toContain(expected);
  });

  test.each([
    ["--max-delay-ms", "-1", "from 0 to 2147483647, but got: -1"],
    ["--max-delay-ms", "2147483648", "from 0 to 2147483647, but got: 2147483648"],
    ["--concurrency", "0", `${COUNT} 0`],
    ["--max-queue-size", "0", `${COUNT} 0`],
    ["--timeout-ms", "0", "from 1 to 2147483647, but got: 0"],
    ["--drain-delay-ms", "soon", 'from 0 to 2147483647, but got: "soon"'],
    ["--drain-timeout-ms", "-5", "from 0 to 2147483647, but got: -5"],
  ])("%s %s", async (flag, given, expected) => {
    const line = await refusal(start([flag, given]));
    expect(line).toMatch(new RegExp(`^${flag}: expected `));
    expect(line).toContain(expected);
  });

  test("a flag that another flag follows lacks its value, and is the one that is named", async () => {
    const line = await refusal(start(["--schema", "--max-batch-size", "8"]));
    expect(line).toBe("--schema: expected a value (see --help)");
  });

  test.each(["--schema", "--resolvers"])("%s with an empty value is named", async (flag) => {
    expect(await refusal(start([flag, ""]))).toContain(`${flag}: `);
  });

  test("an empty --host does not listen to the whole world", async () => {
    expect(await refusal(start(["--host", ""]))).toContain("--host: ");
  });
});

describe("where it cannot listen, it says where and why", () => {
  test("a port in use", async () => {
    const port = await portInUse();
    const line = await refusal(start(["--port", port]));
    expect(line).toBe(`cannot listen on 127.0.0.1:${port}: the port is in use`);
  });

  test("a PORT that is no number", async () => {
    const line = await refusal(startWithoutPort([], { PORT: "abc" }));
    expect(line).toBe('PORT: expected a port, from 0 to 65535, but got: "abc"');
  });

  test("a PORT out of range", async () => {
    const line = await refusal(startWithoutPort([], { PORT: "99999" }));
    expect(line).toBe("PORT: expected a port, from 0 to 65535, but got: 99999");
  });

  test("a host that is not of this machine", async () => {
    const line = await refusal(start(["--host", FOREIGN_HOST]));
    expect(line).toMatch(/^cannot listen on 203\.0\.113\.7:0: .*EADDRNOTAVAIL/);
  });

  test("a host of two lines, in one", async () => {
    const line = await refusal(start(["--host", "x\ny"]));
    expect(line).toMatch(/^cannot listen on x\\ny:0: /);
  });

  test("it ends though the resolvers hold something that goes on", async () => {
    const jitney = start([
      ...["--port", await portInUse()],
      ...["--schema", await write("schema.graphql", SCHEMA)],
      ...["--resolvers", await write("resolvers.js", `${RESOLVERS}setInterval(() => {}, 1_000);\n`)],
    ]);
    expect(await refusal(jitney)).toContain("the port is in use");
  }, 10_000);
});

describe("a schema that cannot be served is refused in one line that names it", () => {
  test("a missing file", async () => {
    const file = join(folder, "missing.graphql");
    const line = await refusal(start(["--schema", file]));
    expect(line).toMatch(/^cannot read the schema: /);
    expect(line).toContain(file);
  });

  test("a folder", async () => {
    expect(await refusal(start(["--schema", folder]))).toMatch(/^cannot read the schema: EISDIR/);
  });

  test("a syntax error, with its line and column", async () => {
    const file = await write("schema.graphql", "type Query {\n  upper(x: String!: String!\n}\n");
    const line = await refusal(start(["--schema", file]));
    expect(line).toBe(`${file}:2:19: Syntax Error: Expected Name, found ":".`);
  });

  test("an empty file", async () => {
    const file = await write("schema.graphql", "");
    expect(await refusal(start(["--schema", file]))).toBe(`${file}:1:1: Syntax Error: Unexpected <EOF>.`);
  });

  test.each([
    ["an unknown type", "type Query {\n  upper(x: Strin!): String!\n}\n", 'Unknown type "Strin".'],
    ["a schema without Query", "type Quer {\n  upper(x: String!): String!\n}\n", "Query"],
    ["an unknown directive", "type Query {\n  upper(x: String!): String! @bacth\n}\n", "@bacth"],
    ["@batch twice", "type Query {\n  upper(x: String!): String! @batch @batch\n}\n", '"@batch"'],
  ])("%s", async (_what, schema, expected) => {
    const file = await write("schema.graphql", schema);
    const resolvers = await write("resolvers.js", RESOLVERS);
    const line = await refusal(start(["--schema", file, "--resolvers", resolvers]));
    expect(line).toContain(`${file}: `);
    expect(line).toContain(expected);
  });

  test("a schema without Query and no resolvers for it", async () => {
    const line = await refusal(await startWith("type Quer {\n  a: Int\n}\n", "export default {};\n"));
    expect(line).toMatch(/Query root type must be provided/);
  });
});

describe("resolvers that cannot be used are refused in one line that names them", () => {
  test("a missing file", async () => {
    const file = join(folder, "missing.js");
    const line = await refusal(start(["--resolvers", file]));
    expect(line).toMatch(/^cannot load the resolvers from .*missing\.js: Cannot find module/);
  });

  test.each([
    [
      "a file that throws",
      "throw new Error('no key for the model\\nset API_KEY');\n",
      "no key for the model",
    ],
    ["a file that throws no Error", "throw 'no key';\n", "no key"],
    ["a syntax error", "export default {\n", "Unexpected end of input"],
    ["an import of what is not there", 'import "not-a-package-of-anyone";\n', "not-a-package-of-anyone"],
  ])("%s", async (_what, text, expected) => {
    const file = await write("resolvers.js", text);
    const line = await refusal(start(["--resolvers", file]));
    expect(line).toContain(`cannot load the resolvers from ${file}: `);
    expect(line).toContain(expected);
  });

  test.each([
    ["an object without a prototype", "throw Object.create(null);\n", "{  }"],
    ["an Error whose message is an object", "throw Object.assign(new Error(), { message: {} });\n", "failed"],
    ["an Error whose stack is an object", "throw Object.assign(new Error('no'), { stack: {} });\n", "no"],
    [
      "an Error that cannot be looked at",
      "throw Object.defineProperty(new Error(), 'message', { get() { throw 0; } });\n",
      "(cannot be shown)",
    ],
  ])("a file that throws %s", async (_what, text, expected) => {
    const file = await write("resolvers.js", text);
    const line = await refusal(start(["--resolvers", file]));
    expect(line.replace(/(?<=\.js)(:\d+)+/, "")).toBe(`cannot load the resolvers from ${file}: ${expected}`);
  });

  test("a file that never finishes loading", async () => {
    const file = await write("resolvers.js", "await new Promise(() => {});\nexport default {};\n");
    expect(await refusal(start(["--resolvers", file]))).toBe(
      `cannot load the resolvers from ${file}: it never finished loading: it awaits what nothing is left to bring about`,
    );
  });

  test("a file whose error would drive the terminal, which gets it as text", async () => {
    const file = await write("resolvers.js", "throw new Error('\\x1b[2Jno\\u202ekey');\n");
    expect(await refusal(start(["--resolvers", file]))).toMatch(/: \\u001b\[2Jno\\u202ekey$/);
  });

  test("TypeScript that Node cannot run", async () => {
    const file = await write("resolvers.ts", "enum Mode { fast }\nexport default { Query: {} };\n");
    const line = await refusal(start(["--resolvers", file]));
    expect(line).toMatch(/^cannot load the resolvers from .*resolvers\.ts: TypeScript enum is not supported/);
  });

  test.each([
    ["no default export", "export const Query = {};\n"],
    ["a function as the default export", "export default () => {};\n"],
    ["a list as the default export", "export default [];\n"],
    ["a number as the default export", "export default 5;\n"],
    ["null as the default export", "export default null;\n"],
  ])("%s", async (_what, text) => {
    const file = await write("resolvers.js", text);
    const line = await refusal(start(["--resolvers", file]));
    expect(line).toBe(`${file}: expected a map of resolvers as the default export`);
  });

  test.each([
    [
      "a field that the schema has not",
      "{ Query: { upper, lower: upper } }",
      "Query.lower defined in resolvers",
    ],
    [
      "a type that the schema has not",
      "{ Query: { upper }, Cat: { name: upper } }",
      '"Cat" defined in resolvers',
    ],
    ["a field of Query without a resolver", "{ Query: {} }", "Query.upper has no resolver"],
    ["an empty map", "{}", "Query.upper has no resolver"],
  ])("%s", async (_what, map, expected) => {
    const schema = await write("schema.graphql", SCHEMA);
    const resolvers = await write("resolvers.js", `${IMPORT}${UPPER}export default ${map};\n`);
    const line = await refusal(start(["--schema", schema, "--resolvers", resolvers]));
    expect(line).toContain(resolvers);
    expect(line).toContain(expected);
  });

  test("a field of Mutation without a resolver", async () => {
    const line = await refusal(await startWith(`${SCHEMA}type Mutation {\n  note: Int\n}\n`, RESOLVERS));
    expect(line).toMatch(/resolvers\.js: Mutation\.note has no resolver$/);
  });
});

describe("a @batch that cannot be followed is refused in one line that begins with its field", () => {
  test("on a field whose resolver is not batched", async () => {
    const jitney = await startWith(
      "type Query {\n  plain: String @batch\n  upper(x: String!): String!\n}\n",
      `${IMPORT}${UPPER}export default { Query: { upper, plain: () => "plain" } };\n`,
    );
    expect(await refusal(jitney)).toMatch(/^Query\.plain: @batch needs a resolver made by batched\(\)/);
  });

  test.each([
    ["maxBatchSize: 0", "maxBatchSize: expected a whole number of 1 or more, but got: 0"],
    ["maxBatchSize: 1.5", "maxBatchSize: expected a whole number of 1 or more, but got: 1.5"],
    ['maxBatchSize: "32"', 'maxBatchSize: expected a whole number of 1 or more, but got: "32"'],
    ["maxDelayMs: -1", "maxDelayMs: expected a number of milliseconds from 0 to 2147483647, but got: -1"],
    ["concurrency: 0", "concurrency: expected a whole number of 1 or more, but got: 0"],
    ["maxQueueSize: 0", "maxQueueSize: expected a whole number of 1 or more, but got: 0"],
    ["timeoutMs: 0", "timeoutMs: expected a number of milliseconds from 1 to 2147483647, but got: 0"],
  ])("@batch(%s)", async (args, expected) => {
    const jitney = await startWith(
      `type Query {\n  upper(x: String!): String! @batch(${args})\n}\n`,
      RESOLVERS,
    );
    expect(await refusal(jitney)).toBe(`Query.upper: ${expected}`);
  });

  test("an argument that @batch has not, where the schema leaves its definition to Jitney", async () => {
    const line = await refusal(
      await startWith("type Query {\n  upper(x: String!): String! @batch(nonsense: 1)\n}\n", RESOLVERS),
    );
    expect(line).toMatch(/schema\.graphql: Unknown argument "nonsense" on directive "@batch"\.$/);
  });

  test("an argument that @batch has not, where the schema defines it", async () => {
    const line = await refusal(
      await startWith(
        "directive @batch(nonsense: Int) on FIELD_DEFINITION\n" +
          "type Query {\n  upper(x: String!): String! @batch(nonsense: 1)\n}\n",
        RESOLVERS,
      ),
    );
    expect(line).toMatch(/^Query\.upper: @batch: expected one of maxBatchSize, .* but got: "nonsense"$/);
  });
});

describe("a schema and resolvers of one's own are served", () => {
  const BATCHED_SCHEMA = "type Query {\n  upper(x: String!): String! @batch(maxBatchSize: 3)\n}\n";

  test("resolvers in JavaScript", async () => {
    const jitney = await startWith(BATCHED_SCHEMA, RESOLVERS);
    expect(await upper(await jitney.url(), "cat")).toBe("CAT");
  });

  test("resolvers in TypeScript", async () => {
    const typed =
      "const upper = batched((keys: readonly { x: string }[]): string[] => keys.map(({ x }) => x.toUpperCase()));\n";
    const jitney = await startWith(
      BATCHED_SCHEMA,
      `${IMPORT}${typed}export default { Query: { upper } };\n`,
      "ts",
    );
    expect(await upper(await jitney.url(), "cat")).toBe("CAT");
  });

  test("a schema that defines @batch itself", async () => {
    const definition = "directive @batch(maxBatchSize: Int, maxDelayMs: Float) on FIELD_DEFINITION\n";
    const jitney = await startWith(`${definition}${BATCHED_SCHEMA}`, RESOLVERS);
    const url = await jitney.url();
    expect(jitney.log[0]?.fields).toEqual({ "Query.upper": { ...DEFAULTS, maxBatchSize: 3 } });
    expect(await upper(url, "cat")).toBe("CAT");
  });

  test("a schema without any @batch, whose resolver is batched all the same", async () => {
    const jitney = await startWith(SCHEMA, RESOLVERS);
    const url = await jitney.url();
    expect(jitney.log[0]?.fields).toEqual({ "Query.upper": DEFAULTS });
    expect(await upper(url, "cat")).toBe("CAT");
  });

  test("a schema without any batched field", async () => {
    const jitney = await startWith(
      "type Query {\n  plain: String\n}\n",
      'export default { Query: { plain: () => "plain" } };\n',
    );
    const { body } = await query(await jitney.url(), "{ plain }");
    expect(body).toEqual({ data: { plain: "plain" } });
    expect(jitney.log[0]?.fields).toEqual({});
  });
});
