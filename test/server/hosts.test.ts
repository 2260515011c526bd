// By which names a server answers: a page that has its own name lead to this machine is not to read what is said here.

import { describe, expect, test } from "vitest";
import { askByName } from "../support/ask-by-name.ts";
import { type ServedJitney, type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { greeting: String! }";
const RESOLVERS = { Query: { greeting: () => "hello" } };

function serveGreeting(options: ServeOptions = {}) {
  return serve(TYPE_DEFS, RESOLVERS, { allowedHosts: [], ...options });
}

function askGreeting(server: ServedJitney, host: string) {
  return askByName(`${server.url}/graphql?query=%7Bgreeting%7D`, host);
}

const HELLO = { status: 200, text: '{"data":{"greeting":"hello"}}' };

describe("a server on this machine alone", () => {
  test.each([
    "localhost",
    "LOCALHOST:4000",
    "localhost.",
    "a.localhost:1",
    "127.0.0.1",
    "127.1.2.3:80",
    "[::1]:4000",
  ])("answers to %s", async (host) => {
    await using server = await serveGreeting();
    expect(await askGreeting(server, host)).toMatchObject(HELLO);
  });

  test.each([
    "evil.example",
    "evil.example:4000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost",
    "10.0.0.1",
    "[::2]",
  ])("refuses %s, with its query, its page of GraphiQL, and to other sites", async (host) => {
    await using server = await serveGreeting({ cors: { origins: ["*"] } });
    const answer = await askGreeting(server, host);
    expect(answer).toMatchObject({ status: 421, origin: undefined });
    expect(JSON.parse(answer.text)).toMatchObject({
      errors: [
        { message: expect.stringContaining("--allowed-hosts"), extensions: { code: "MISDIRECTED_REQUEST" } },
      ],
    });
    expect((await askByName(`${server.url}/graphql`, host, { accept: "text/html" })).status).toBe(421);
    expect((await askByName(`${server.url}/health`, host)).status).toBe(200);
  });

  test("answers to the names that it is told, and no others", async () => {
    await using server = await serveGreeting({ allowedHosts: ["Shop.example", "[::2]"] });
    expect(await askGreeting(server, "shop.example:443")).toMatchObject(HELLO);
    expect(await askGreeting(server, "[::2]")).toMatchObject(HELLO);
    expect((await askGreeting(server, "a.shop.example")).status).toBe(421);
  });

  test("answers to every name where it is told so", async () => {
    await using server = await serveGreeting({ allowedHosts: ["*"] });
    expect(await askGreeting(server, "evil.example")).toMatchObject(HELLO);
  });

  test("may be told by a name", async () => {
    await using server = await serveGreeting({ host: "localhost" });
    expect((await askGreeting(server, "evil.example")).status).toBe(421);
    expect(await askGreeting(server, "localhost")).toMatchObject(HELLO);
  });
});

describe("a server that listens elsewhere", () => {
  test("answers to every name", async () => {
    await using server = await serveGreeting({ host: "0.0.0.0" });
    expect(await askGreeting(server, "shop.example")).toMatchObject(HELLO);
  });

  test("answers to those alone that it is told, where it is told any", async () => {
    await using server = await serveGreeting({ host: "0.0.0.0", allowedHosts: ["shop.example"] });
    expect(await askGreeting(server, "shop.example")).toMatchObject(HELLO);
    expect((await askGreeting(server, "evil.example")).status).toBe(421);
  });
});

test.each([["a.example:80"], ["http://a.example"], [""], [5]])("the name %j is no host", async (host) => {
  await expect(serveGreeting({ allowedHosts: [host as string] })).rejects.toThrow(
    'allowedHosts: expected names of hosts, without ports, or "*", but got: ',
  );
});
