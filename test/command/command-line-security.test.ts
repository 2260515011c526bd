// The flags of security and their environment variables: what they do, and what is refused in one clear line.

import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCommandLine } from "../../src/command/command-line.ts";
import { HELP } from "../../src/command/help.ts";
import { readTypesCommandLine } from "../../src/command/types-flags.ts";
import { NUMBER_OPTIONS } from "../../src/server/options.ts";
import { post, query } from "../support/graphql-client.ts";
import { startJitney } from "../support/server-process.ts";

const TOKEN = "a-token-that-nobody-guesses";
const SECRET = "a secret of more than thirty-two bytes";

let folder = "";
let keyFile = "";
const pair = generateKeyPairSync("ed25519");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-security-"));
  keyFile = join(folder, "key.pem");
  await writeFile(keyFile, pair.publicKey.export({ type: "spki", format: "pem" }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("every flag in --help is one that there is", () => {
  const [ofServer = "", ofBatchWorker = "", ofTypes = ""] = HELP.split(/-- (?:worker|types) .*\n/);
  const flagsIn = (text: string) => [...text.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag ?? "");
  expect(flagsIn(ofServer).length).toBeGreaterThan(25);
  expect(flagsIn(ofTypes).length).toBeGreaterThan(5);
  for (const flag of flagsIn(ofServer)) {
    expect(() => readCommandLine([`${flag}=`], {}), flag).toThrow(/expected a value|takes no value/);
  }
  // Several in one line there: those that are told of above.
  const ofBatchWorkers = [...ofBatchWorker.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
  expect(ofBatchWorkers).toContain("--name");
  for (const flag of ofBatchWorkers.filter((each) => each !== "--")) {
    expect(() => readCommandLine([`${flag}=`], {}, "batch worker"), flag).toThrow(/expected a value/);
  }
  for (const flag of flagsIn(ofTypes)) {
    expect(() => readTypesCommandLine([`${flag}=`]), flag).toThrow(/expected a value|takes no value/);
  }
});

test("the defaults in --help are numbers", () => {
  expect(HELP).not.toMatch(/undefined|NaN/);
  expect(HELP).toContain("how many levels of fields an operation may have (default: 20)");
});

test("the defaults in the documentation are those of the code", async () => {
  const security = await readFile(new URL("../../docs/security.md", import.meta.url), "utf8");
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  for (const [name, { fallback }] of Object.entries(NUMBER_OPTIONS)) {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const value = name === "port" ? String(fallback) : fallback.toLocaleString("en-US");
    const cells = readme.split("\n").find((line) => line.startsWith("|") && line.includes(flag));
    expect(cells?.split("|").at(-2), flag).toMatch(new RegExp(`(^|[ ;])${value}([ ;]|$)`));
    const row = security.split("\n").find((line) => line.startsWith(`| \`${flag}`));
    if (row !== undefined) expect(row).toContain(`| ${value} |`);
  }
});

test("the command of the documentation is one that can be given", async () => {
  const security = await readFile(new URL("../../docs/security.md", import.meta.url), "utf8");
  const [, line = ""] = /npm start -- (.*)/.exec(security) ?? [];
  const { server, schema } = readCommandLine(line.split(" "), { JITNEY_TOKEN: TOKEN });
  expect(server).toEqual({ limits: {}, auth: { token: TOKEN } });
  expect(schema).toBe("shop.graphql");
  for (const [flag] of security.matchAll(/--[a-z][a-z-]+/g)) expect(HELP).toContain(flag);
});

test("every flag reaches the server as the option of its name", () => {
  const numbers = [
    "--max-depth",
    "1",
    "--max-aliases",
    "2",
    "--max-directives",
    "3",
    "--max-operations",
    "4",
  ];
  const times = ["--headers-timeout-ms", "5", "--request-timeout-ms", "6", "--keep-alive-timeout-ms", "7"];
  const pages = [
    "--introspection",
    "off",
    "--graphiql",
    "on",
    "--cors-origin",
    "https://a.example, https://b.example",
    "--allowed-hosts",
    "A.example, b.example",
  ];
  const more = ["--cors-origin", "https://c.example", "--jwt-issuer", "i", "--jwt-audience", "a"];
  const jwt = ["--jwt-jwks-uri", "https://issuer.example/keys", "--jwt-partition-claim", "tenant"];
  expect(readCommandLine([...numbers, ...times, ...pages, ...more, ...jwt], {}).server).toEqual({
    limits: {},
    maxDepth: 1,
    maxAliases: 2,
    maxDirectives: 3,
    maxOperations: 4,
    headersTimeoutMs: 5,
    requestTimeoutMs: 6,
    keepAliveTimeoutMs: 7,
    introspection: false,
    graphiql: true,
    cors: { origins: ["https://a.example", "https://b.example", "https://c.example"] },
    allowedHosts: ["a.example", "b.example"],
    auth: {
      jwt: {
        jwksUri: "https://issuer.example/keys",
        issuer: "i",
        audience: "a",
        partitionClaim: "tenant",
      },
    },
  });
});

describe("what cannot be used is refused in one line that names it, and shows no secret", () => {
  test.each<[string, readonly string[], Record<string, string>, string]>([
    [
      "a depth of 0",
      ["--max-depth", "0"],
      {},
      "--max-depth: expected a whole number of 1 or more, but got: 0",
    ],
    [
      "aliases that are no number",
      ["--max-aliases", "many"],
      {},
      '--max-aliases: expected a whole number of 1 or more, but got: "many"',
    ],
    [
      "a time-out of 0",
      ["--headers-timeout-ms", "0"],
      {},
      "--headers-timeout-ms: expected a number of milliseconds from 1",
    ],
    [
      "a switch that is neither",
      ["--graphiql", "true"],
      {},
      '--graphiql: expected on or off, but got: "true"',
    ],
    ["a switch without a value", ["--introspection"], {}, "--introspection: expected a value (see --help)"],
    [
      "an origin with a path",
      ["--cors-origin", "https://a.example/"],
      {},
      '--cors-origin: expected origins like https://app.example, or "*" alone, but got: "https://a.example/"',
    ],
    [
      "a host with a port",
      ["--allowed-hosts", "a.example:80"],
      {},
      '--allowed-hosts: expected names of hosts, without ports, or "*", but got: "a.example:80"',
    ],
    [
      "headers that may take longer than all of the request",
      ["--headers-timeout-ms", "40000"],
      {},
      "--headers-timeout-ms: expected at most --request-timeout-ms (30000), but got: 40000",
    ],
    ["an origin that is missing", ["--cors-origin", "https://a.example,"], {}, 'but got: ""'],
    ["* beside others", ["--cors-origin", "*", "--cors-origin", "https://a.example"], {}, 'but got: "*"'],
    [
      "a short token",
      [],
      { JITNEY_TOKEN: "hunter2" },
      "JITNEY_TOKEN: expected 16 or more of the characters A-Z a-z 0-9 - . _ ~ + /",
    ],
    ["a token that nothing has filled", [], { JITNEY_TOKEN: "" }, "JITNEY_TOKEN: expected 16 or more"],
    [
      "a short secret",
      [],
      { JITNEY_JWT_SECRET: "hunter2" },
      "JITNEY_JWT_SECRET: expected a text of 32 bytes or more, but got 7",
    ],
    [
      "a secret that nothing has filled",
      [],
      { JITNEY_JWT_SECRET: "" },
      "JITNEY_JWT_SECRET: expected a text of 32 bytes or more, but got 0",
    ],
    [
      "token and secret",
      [],
      { JITNEY_TOKEN: TOKEN, JITNEY_JWT_SECRET: SECRET },
      "JITNEY_TOKEN: expected either one token for all, or JWTs, but got both",
    ],
    ["a token and an issuer", ["--jwt-issuer", "i"], { JITNEY_TOKEN: TOKEN }, "but got both"],
    [
      "an issuer and no key",
      ["--jwt-issuer", "i"],
      {},
      "JWTs are verified with one of JITNEY_JWT_SECRET, --jwt-public-key and --jwt-jwks-uri, but 0 of them were given",
    ],
    ["a partition and no key", ["--jwt-partition-claim", "tenant"], {}, "but 0 of them were given"],
    [
      "keys of everyone's",
      ["--jwt-jwks-uri", "https://issuer.example/keys"],
      {},
      "--jwt-issuer: expected a text, with --jwt-jwks-uri",
    ],
    ["a key that is missing", ["--jwt-public-key", "no-such.pem"], {}, "--jwt-public-key: ENOENT"],
  ])("%s", (_what, args, env, expected) => {
    let message = "";
    try {
      readCommandLine(args, env);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(expected);
    expect(message).not.toMatch(/hunter2|nobody|a secret of|\n/);
  });

  test("by the command, with exit code 2", async () => {
    await using jitney = startJitney([], { JITNEY_TOKEN: "hunter2" });
    const { exitCode, stdout, stderr } = await jitney.ended();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^jitney: JITNEY_TOKEN: expected [^\n]*\n$/);
    expect(stderr).not.toContain("hunter2");
  });

  test("headers that may take longer than the request, by the command", async () => {
    await using jitney = startJitney(["--headers-timeout-ms", "2000", "--request-timeout-ms", "1000"]);
    const { exitCode, stderr } = await jitney.ended();
    expect([exitCode, stderr]).toEqual([
      2,
      "jitney: --headers-timeout-ms: expected at most --request-timeout-ms (1000), but got: 2000\n",
    ]);
  });

  test("a file that holds no key, by the command", async () => {
    const file = join(folder, "no-key.pem");
    await writeFile(file, "hunter2");
    await using jitney = startJitney(["--jwt-public-key", file]);
    const { exitCode, stderr } = await jitney.ended();
    expect([exitCode, stderr]).toEqual([2, "jitney: the public key for JWTs cannot be read: expected PEM\n"]);
  });
});

test("--help helps whatever the environment says", () => {
  expect(readCommandLine(["--help"], { JITNEY_TOKEN: "", JITNEY_JWT_SECRET: "x" }).isHelp).toBe(true);
});

test("a command with JITNEY_TOKEN says that it needs a token, but not which, and is open to nobody else", async () => {
  await using jitney = startJitney([], { JITNEY_TOKEN: TOKEN });
  const url = await jitney.url();
  expect(jitney.log[0]).toMatchObject({ needsToken: true });
  expect(jitney.stdout).not.toContain(TOKEN);
  const text = '{ upper(x: "cat") }';
  expect((await query(url, text)).status).toBe(401);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  expect((await query(url, text, {}, { headers })).body).toEqual({ data: { upper: "CAT" } });
});

test.each(["a secret", "a key file"])("a command with %s takes JWTs, by their claims", async (kind) => {
  const flags = ["--jwt-issuer", "https://issuer.example", "--jwt-audience", "jitney"];
  const [args, env] =
    kind === "a secret"
      ? [flags, { JITNEY_JWT_SECRET: SECRET }]
      : [[...flags, "--jwt-public-key", keyFile], {}];
  await using jitney = startJitney([...args, "--jwt-partition-claim", "tenant"], env);
  const url = await jitney.url();
  const statuses = await Promise.all(
    [
      { tenant: "blue" },
      { tenant: "blue", aud: "another" },
      { tenant: "blue", iss: "https://another.example" },
      {},
    ].map(async (claims) => {
      const token = await new SignJWT({ iss: "https://issuer.example", aud: "jitney", ...claims })
        .setProtectedHeader({ alg: kind === "a secret" ? "HS256" : "EdDSA" })
        .setExpirationTime("1 minute")
        .sign(kind === "a secret" ? Buffer.from(SECRET) : pair.privateKey);
      const headers = { Authorization: `Bearer ${token}` };
      return (await query(url, '{ upper(x: "cat") }', {}, { headers })).status;
    }),
  );
  expect(statuses).toEqual([200, 401, 401, 403]);
});

test("a command that is to take fewer operations takes no more", async () => {
  await using jitney = startJitney(["--max-operations", "2", "--max-depth", "1"]);
  const url = await jitney.url();
  const operation = { query: "{ __typename }" };
  expect((await post(url, [operation, operation])).status).toBe(200);
  const { status, body } = await post(url, [operation, operation, operation]);
  expect([status, body.errors?.[0]?.message]).toEqual([
    413,
    "Batching is limited to 2 operations per request.",
  ]);
  expect((await query(url, "{ __schema { queryType { name } } }")).status).toBe(400);
});
