// Who may ask: a server with a token answers nobody who has none, whatever they try.

import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { PARTITION } from "../../src/graphql/partition.ts";
import { batched } from "../../src/index.ts";
import type { AuthOptions, JWTOptions } from "../../src/server/index.ts";
import { type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = `
  type Query {
    upper(x: String!): String! @batch(maxDelayMs: 200)
    partition: String
  }
  type Subscription { ticks: Int! }
`;

const TOKEN = "a-token-that-nobody-guesses";
const SECRET = "a secret of more than thirty-two bytes";
const ISSUER = "https://issuer.example";
const AUDIENCE = "jitney";
const JWT: JWTOptions = { secret: SECRET, issuer: ISSUER, audience: AUDIENCE };

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

async function serveTo(auth: AuthOptions, options: ServeOptions = {}) {
  const batches: string[][] = [];
  const upper = batched((keys: readonly { x: string }[]) => {
    batches.push(keys.map(({ x }) => x));
    return keys.map(({ x }) => x.toUpperCase());
  });
  const resolvers = {
    Query: {
      upper,
      partition: (_: unknown, __: unknown, context: object) => Reflect.get(context, PARTITION),
    },
    Subscription: {
      ticks: {
        subscribe: async function* () {
          yield { ticks: 1 };
        },
      },
    },
  };
  const server = await serve(TYPE_DEFS, resolvers, { ...options, auth });
  return Object.assign(server, { batches });
}

type Claims = Readonly<Record<string, unknown>>;

/** A token that is good, but for what the test changes. */
function sign(
  claims: Claims = {},
  {
    alg = "HS256",
    key = Buffer.from(SECRET) as Uint8Array | KeyObject,
    kid = undefined as string | undefined,
  } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const header = kid === undefined ? { alg } : { alg, kid };
  // Without those that are undefined.
  const payload: JWTPayload = JSON.parse(
    JSON.stringify({ iss: ISSUER, aud: AUDIENCE, exp: now + 600, ...claims }),
  );
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

/** A token with a header and claims that no library would make. */
function forge(header: object, claims: object, signature: (text: string) => string): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${signature(text)}`;
}

function claimsOf(token: string): object {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

async function ask(
  url: string,
  authorization: string | undefined,
  body: unknown = { query: "{ partition }" },
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: {
      "Content-Type": "application/json",
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...headers,
    },
  });
  const text = await response.text();
  return {
    status: response.status,
    challenge: response.headers.get("www-authenticate"),
    type: response.headers.get("content-type"),
    text,
    body: text.startsWith("{") ? JSON.parse(text) : text,
  };
}

const NO_TOKEN = {
  status: 401,
  challenge: 'Bearer realm="jitney"',
  type: "application/json; charset=utf-8",
  body: {
    errors: [
      {
        message: "A bearer token is needed, in the header Authorization",
        extensions: { code: "UNAUTHENTICATED" },
      },
    ],
  },
};

function badToken(message: string) {
  const challenge = 'Bearer realm="jitney", error="invalid_token"';
  return { ...NO_TOKEN, challenge, body: { errors: [{ message, extensions: { code: "UNAUTHENTICATED" } }] } };
}

const BAD_TOKEN = badToken("The bearer token is not valid");

describe.each([
  ["one token for all", { token: TOKEN } as AuthOptions, () => Promise.resolve(TOKEN)],
  ["JWTs", { jwt: JWT } as AuthOptions, () => sign()],
])("with %s", (_kind, auth, goodToken) => {
  test.each(["Bearer", "bearer", "BEARER"])("who sends it is answered (%s)", async (scheme) => {
    await using server = await serveTo(auth);
    const { status, body } = await ask(server.url, `${scheme} ${await goodToken()}`, {
      query: '{ upper(x: "cat") }',
    });
    expect([status, body]).toEqual([200, { data: { upper: "CAT" } }]);
  });

  test.each([
    ["no header", undefined],
    ["no token", "Bearer"],
    ["a token of spaces", "Bearer   "],
    ["another scheme", "Basic YTpi"],
    ["a token without a scheme", TOKEN],
    ["two tokens", `Bearer ${TOKEN} ${TOKEN}`],
  ])("%s: 401 that asks for a token, and runs nothing", async (_what, authorization) => {
    await using server = await serveTo(auth);
    expect(await ask(server.url, authorization, { query: '{ upper(x: "cat") }' })).toMatchObject(NO_TOKEN);
    expect(server.batches).toEqual([]);
  });

  test("a wrong token: 401, without the token in the answer or the log", async () => {
    await using server = await serveTo(auth);
    const token = `${await goodToken()}-wrong`;
    const answer = await ask(server.url, `Bearer ${token}`);
    expect(answer).toMatchObject(BAD_TOKEN);
    expect(answer.text).not.toContain("wrong");
    expect(server.log.faults).toEqual([]);
  });

  test("by GET, in an array, and as a stream, it is the same", async () => {
    await using server = await serveTo(auth);
    const path = `${server.url}/graphql?query={partition}`;
    const get = await fetch(path);
    expect([get.status, await get.json()]).toEqual([401, NO_TOKEN.body]);
    const array = [{ query: "{ partition }" }, { query: "{ __typename }" }];
    expect(await ask(server.url, undefined, array)).toMatchObject(NO_TOKEN);
    const accept = { Accept: "text/event-stream" };
    const ticks = { query: "subscription { ticks }" };
    expect(await ask(server.url, undefined, ticks, accept)).toMatchObject(NO_TOKEN);

    const authorization = `Bearer ${await goodToken()}`;
    const goodGet = await fetch(path, { headers: { Authorization: authorization } });
    expect([goodGet.status, await goodGet.json()]).toEqual([200, { data: { partition: "" } }]);
    expect((await ask(server.url, authorization, array)).text).toBe(
      '[{"data":{"partition":""}},{"data":{"__typename":"Query"}}]',
    );
    expect((await ask(server.url, authorization, ticks, accept)).text).toContain('{"data":{"ticks":1}}');
  });

  test("it is refused before its body is here", async () => {
    await using server = await serveTo(auth);
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1").setEncoding("utf8");
    onTestFinished(() => void socket.destroy());
    socket.write(
      "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
    );
    const [answer] = await once(socket, "data");
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("probes are open, and so is the page of GraphiQL, which then shows nothing of the schema", async () => {
    await using server = await serveTo(auth, { graphiql: true });
    for (const path of ["/health", "/ready"]) {
      const response = await fetch(server.url + path);
      await response.body?.cancel();
      expect(response.status).toBe(200);
    }
    const page = await fetch(`${server.url}/graphql?query={partition}`, { headers: { Accept: "text/html" } });
    expect(page.status).toBe(200);
    expect(await page.text()).not.toContain("first: upper");
  });
});

describe("JWTs that are not valid: 401", () => {
  const past = Math.floor(Date.now() / 1_000) - 60;
  test.each<[string, Claims, string?]>([
    ["one that has expired", { exp: past }, "The bearer token has expired"],
    ["one that never expires", { exp: undefined }],
    ["one that is not good yet", { nbf: past + 3_600 }],
    ["one of another issuer", { iss: "https://another.example" }],
    ["one of no issuer", { iss: undefined }],
    ["one for another audience", { aud: "another" }],
    ["one for no audience", { aud: undefined }],
  ])("%s", async (_what, claims, message = "The bearer token is not valid") => {
    await using server = await serveTo({ jwt: JWT });
    expect(await ask(server.url, `Bearer ${await sign(claims)}`)).toMatchObject(badToken(message));
    expect(server.log.faults).toEqual([]);
  });

  test("one that expires at the end of all time", async () => {
    await using server = await serveTo({ jwt: JWT });
    const header = Buffer.from('{"alg":"HS256"}').toString("base64url");
    const claims = Buffer.from(`{"iss":"${ISSUER}","aud":"${AUDIENCE}","exp":1e999}`).toString("base64url");
    const signature = createHmac("sha256", SECRET).update(`${header}.${claims}`).digest("base64url");
    expect(await ask(server.url, `Bearer ${header}.${claims}.${signature}`)).toMatchObject(BAD_TOKEN);
  });

  test("one that is signed with another secret", async () => {
    await using server = await serveTo({ jwt: JWT });
    const token = await sign({}, { key: Buffer.from("another secret, of as many bytes as needed") });
    expect(await ask(server.url, `Bearer ${token}`)).toMatchObject(BAD_TOKEN);
  });

  test.each(["none", "None", "NONE", "nOnE", ""])("one that is signed with nothing: alg %j", async (alg) => {
    for (const jwt of [JWT, { ...JWT, secret: undefined, publicKey: pemOf(rsa.publicKey) }]) {
      const { secret, ...rest } = jwt;
      await using server = await serveTo({ jwt: secret === undefined ? rest : { ...rest, secret } });
      const token = forge({ alg }, claimsOf(await sign()), () => "");
      expect((await ask(server.url, `Bearer ${token}`)).status).toBe(401);
      expect((await ask(server.url, `Bearer ${token}AAAA`)).status).toBe(401);
    }
  });

  test("one that takes the public key for a secret", async () => {
    const publicKey = pemOf(rsa.publicKey);
    await using server = await serveTo({ jwt: { publicKey, issuer: ISSUER, audience: AUDIENCE } });
    for (const secret of [
      publicKey,
      publicKey.trim(),
      rsa.publicKey.export({ type: "spki", format: "der" }),
    ]) {
      const token = forge({ alg: "HS256" }, claimsOf(await sign()), (text) =>
        createHmac("sha256", secret).update(text).digest("base64url"),
      );
      expect(await ask(server.url, `Bearer ${token}`)).toMatchObject(BAD_TOKEN);
    }
  });

  test("one that brings its own key along", async () => {
    await using server = await serveTo({ jwt: { publicKey: pemOf(rsa.publicKey) } });
    const own = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const token = await new SignJWT({ exp: 4_000_000_000 })
      .setProtectedHeader({ alg: "RS256", jwk: await exportJWK(own.publicKey) })
      .sign(own.privateKey);
    expect(await ask(server.url, `Bearer ${token}`)).toMatchObject(BAD_TOKEN);
  });

  test.each([
    ["RSA, RS256", "RS256", rsa],
    ["RSA, PS256", "PS256", rsa],
    ["EC, ES256", "ES256", ec],
    ["Ed25519", "EdDSA", generateKeyPairSync("ed25519")],
  ])(
    "a public key (%s) verifies what its private key has signed, and nothing else",
    async (_kind, alg, pair) => {
      const jwt = { publicKey: pemOf(pair.publicKey), issuer: ISSUER, audience: AUDIENCE };
      await using server = await serveTo({ jwt });
      const good = await sign({}, { alg, key: pair.privateKey });
      expect((await ask(server.url, `Bearer ${good}`)).body).toEqual({ data: { partition: "" } });
      const other = pair === ec ? rsa : ec;
      const bad = await sign({}, { alg: other === ec ? "ES256" : "RS256", key: other.privateKey });
      expect(await ask(server.url, `Bearer ${bad}`)).toMatchObject(BAD_TOKEN);
    },
  );
});

test("only the algorithms that it is told are taken", async () => {
  await using server = await serveTo({ jwt: { ...JWT, algorithms: ["HS384"] } });
  expect((await ask(server.url, `Bearer ${await sign({}, { alg: "HS384" })}`)).status).toBe(200);
  expect(await ask(server.url, `Bearer ${await sign()}`)).toMatchObject(BAD_TOKEN);
});

test("with a secret, only HS256 is taken, unless it is told otherwise", async () => {
  await using server = await serveTo({ jwt: JWT });
  expect(await ask(server.url, `Bearer ${await sign({}, { alg: "HS512" })}`)).toMatchObject(BAD_TOKEN);
});

describe("keys that the issuer publishes", () => {
  /** An issuer that publishes keys; it counts how often it is asked, and may be out of order. */
  async function publish(keys: readonly object[]) {
    const issuer = { asked: 0, isDown: false, uri: "" };
    const server = createServer((_request, response) => {
      issuer.asked += 1;
      if (issuer.isDown) response.writeHead(500).end();
      else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ keys }));
    }).listen(0, "127.0.0.1");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, "listening");
    issuer.uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    return issuer;
  }

  const jwtWith = (jwksUri: string) => ({ jwt: { jwksUri, issuer: ISSUER, audience: AUDIENCE } });

  test("verify, are asked for once, and an unknown one is no reason to ask each time", async () => {
    const issuer = await publish([
      { ...(await exportJWK(rsa.publicKey)), kid: "first", alg: "RS256" },
      { ...(await exportJWK(ec.publicKey)), kid: "second", alg: "ES256" },
    ]);
    await using server = await serveTo(jwtWith(issuer.uri));
    const tokens = [
      await sign({}, { alg: "RS256", key: rsa.privateKey, kid: "first" }),
      await sign({}, { alg: "ES256", key: ec.privateKey, kid: "second" }),
    ];
    for (const token of tokens) expect((await ask(server.url, `Bearer ${token}`)).status).toBe(200);
    const unknown = await sign({}, { alg: "RS256", key: rsa.privateKey, kid: "third" });
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await ask(server.url, `Bearer ${unknown}`)).toMatchObject(BAD_TOKEN);
    }
    const confused = await sign({}, { key: Buffer.from(pemOf(rsa.publicKey)), kid: "first" });
    expect(await ask(server.url, `Bearer ${confused}`)).toMatchObject(BAD_TOKEN);
    expect(issuer.asked).toBe(1);
    expect(server.log.faults).toEqual([]);
  });

  test("that cannot be had are no fault of the client's: 503, one line in the log, and all is well later", async () => {
    const issuer = await publish([await exportJWK(rsa.publicKey)]);
    issuer.isDown = true;
    await using server = await serveTo(jwtWith(issuer.uri));
    const token = await sign({}, { alg: "RS256", key: rsa.privateKey });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await ask(server.url, `Bearer ${token}`)).toMatchObject({
        status: 503,
        body: { errors: [{ extensions: { code: "AUTHENTICATION_UNAVAILABLE", retryAfterSeconds: 1 } }] },
      });
    }
    // It is asked again, and fails again.
    const asked = issuer.asked;
    await vi.waitFor(
      async () => {
        expect((await ask(server.url, `Bearer ${token}`)).status).toBe(503);
        expect(issuer.asked).toBeGreaterThan(asked);
      },
      { timeout: 5_000, interval: 100 },
    );
    const msg = `The keys that verify JWTs cannot be had from ${issuer.uri}`;
    expect(server.log.faults).toEqual([{ level: "error", msg, err: expect.anything() }]);
    // What cannot be a token is refused without them.
    expect(await ask(server.url, "Bearer nonsense")).toMatchObject(BAD_TOKEN);
    issuer.isDown = false;
    await vi.waitFor(async () => expect((await ask(server.url, `Bearer ${token}`)).status).toBe(200), {
      timeout: 5_000,
      interval: 100,
    });
  });

  test("that cannot be had are not asked for by each token: the issuer is left alone for a second", async () => {
    const issuer = await publish([await exportJWK(rsa.publicKey)]);
    issuer.isDown = true;
    await using server = await serveTo(jwtWith(issuer.uri));
    const junk = forge({ alg: "RS256" }, {}, () => "AAAA");
    const start = performance.now();
    for (let turn = 0; turn < 20; turn += 1) {
      expect((await ask(server.url, `Bearer ${junk}`)).status).toBe(503);
    }
    expect(issuer.asked).toBeLessThanOrEqual(1 + (performance.now() - start) / 1_000);
  });

  test("that are kept go on verifying while the issuer is left alone", async () => {
    const issuer = await publish([{ ...(await exportJWK(rsa.publicKey)), kid: "first", alg: "RS256" }]);
    const now = vi.spyOn(Date, "now");
    onTestFinished(() => now.mockRestore());
    await using server = await serveTo(jwtWith(issuer.uri));
    const token = await sign({}, { alg: "RS256", key: rsa.privateKey, kid: "first" });
    expect((await ask(server.url, `Bearer ${token}`)).status).toBe(200);
    // Beyond the time in which jose asks no more for a key that it does not know.
    const later = Date.now() + 31_000;
    now.mockImplementation(() => later);
    issuer.isDown = true;
    const unknown = await sign({}, { alg: "RS256", key: rsa.privateKey, kid: "second" });
    expect((await ask(server.url, `Bearer ${unknown}`)).status).toBe(503);
    expect((await ask(server.url, `Bearer ${unknown}`)).status).toBe(503);
    expect((await ask(server.url, `Bearer ${token}`)).status).toBe(200);
    expect(issuer.asked).toBe(2);
  });
});

describe("the partition is what the claim says", () => {
  const auth: AuthOptions = { jwt: { ...JWT, partitionClaim: "tenant" } };

  test("in one operation, in an array, and by GET", async () => {
    await using server = await serveTo(auth);
    const authorization = `Bearer ${await sign({ tenant: "blue" })}`;
    expect((await ask(server.url, authorization)).body).toEqual({ data: { partition: "blue" } });
    const array = [{ query: "{ partition }" }, { query: "{ partition }" }];
    expect((await ask(server.url, authorization, array)).text).toBe(
      '[{"data":{"partition":"blue"}},{"data":{"partition":"blue"}}]',
    );
    const get = await fetch(`${server.url}/graphql?query={partition}`, { headers: { authorization } });
    expect(await get.json()).toEqual({ data: { partition: "blue" } });
  });

  test("keys of different tenants never share a batch; those of one do", async () => {
    await using server = await serveTo(auth);
    const [blue, green] = [await sign({ tenant: "blue" }), await sign({ tenant: "green" })];
    const answers = await Promise.all(
      [
        [blue, "a"],
        [green, "a"],
        [blue, "b"],
        [green, "c"],
      ].map(([token, x]) => ask(server.url, `Bearer ${token}`, { query: `{ upper(x: "${x}") }` })),
    );
    expect(answers.map(({ body }) => body.data.upper)).toEqual(["A", "A", "B", "C"]);
    expect(server.batches.map((batch) => batch.toSorted().join("")).toSorted()).toEqual(["ab", "ac"]);
  });

  test.each<[string, Claims]>([
    ["no claim", {}],
    ["an empty one", { tenant: "" }],
    ["a number", { tenant: 5 }],
    ["null", { tenant: null }],
    ["a list", { tenant: ["blue"] }],
  ])("%s: 403, never the partition that all others share", async (_what, claims) => {
    await using server = await serveTo(auth);
    const { status, body } = await ask(server.url, `Bearer ${await sign(claims)}`);
    expect(status).toBe(403);
    expect(body).toEqual({
      errors: [
        {
          message: 'The bearer token has no claim "tenant" that is a text',
          extensions: { code: "FORBIDDEN" },
        },
      ],
    });
  });

  test("a claim that every object has by birth is none", async () => {
    await using server = await serveTo({ jwt: { ...JWT, partitionClaim: "constructor" } });
    expect((await ask(server.url, `Bearer ${await sign()}`)).status).toBe(403);
  });
});

describe("options that would leave the door open are refused, and no secret is shown", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  test.each<[string, object, string]>([
    [
      "a token that can be guessed",
      { token: "hunter2" },
      "auth.token: expected 16 or more of the characters",
    ],
    [
      "a token that no client can send",
      { token: "hunter2 and more words" },
      "auth.token: expected 16 or more",
    ],
    ["an empty token", { token: "" }, "auth.token: expected 16 or more"],
    ["a secret that can be guessed", { jwt: { secret: "hunter2" } }, "32 bytes or more, but got 7"],
    ["an empty secret", { jwt: { secret: "" } }, "32 bytes or more, but got 0"],
    ["nothing", {}, "auth: expected { token } or { jwt }, but got: an object"],
    ["both", { token: TOKEN, jwt: JWT }, "auth: expected { token } or { jwt }"],
    ["no key", { jwt: { issuer: ISSUER } }, "but 0 of them were given"],
    ["two keys", { jwt: { ...JWT, publicKey: "x" } }, "but 2 of them were given"],
    ["a mistyped option", { jwt: { ...JWT, audiance: "x" } }, 'but got: "audiance"'],
    [
      "an empty audience",
      { jwt: { ...JWT, audience: "" } },
      'auth.jwt.audience: expected a text that is not empty, but got: ""',
    ],
    [
      "keys over plain http",
      { jwt: { jwksUri: "http://issuer.example/keys", issuer: "a", audience: "b" } },
      "https://",
    ],
    [
      "keys of everyone's",
      { jwt: { jwksUri: "https://issuer.example/keys", issuer: "a" } },
      "auth.jwt.audience: expected a text, with auth.jwt.jwksUri",
    ],
    ["no algorithm", { jwt: { ...JWT, algorithms: [] } }, "auth.jwt.algorithms: expected some of HS256"],
    [
      "the algorithm none",
      { jwt: { ...JWT, algorithms: ["none"] } },
      "auth.jwt.algorithms: expected some of HS256",
    ],
    [
      "an algorithm of secrets for a public key",
      { jwt: { publicKey: pemOf(rsa.publicKey), algorithms: ["RS256", "HS256"] } },
      "auth.jwt.algorithms: expected some of RS256",
    ],
    [
      "keys with a password",
      { jwt: { jwksUri: "https://me:hunter2@issuer.example/keys", issuer: "a", audience: "b" } },
      "auth.jwt.jwksUri: expected an address without a user name and a password",
    ],
    [
      "a private key for a public one",
      { jwt: { publicKey: rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString() } },
      "expected a public key, but got a private one",
    ],
    ["a public key that is none", { jwt: { publicKey: "hunter2" } }, "expected PEM"],
    ["a public key that is too short", { jwt: { publicKey: pemOf(small.publicKey) } }, "2048 bits or more"],
  ])("%s", async (_what, auth, expected) => {
    const error: unknown = await serveTo(auth as AuthOptions).then(
      async (server) => server.drain(),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(expected);
    expect((error as Error).message).not.toMatch(/hunter2|a secret of|nobody/);
  });
});
