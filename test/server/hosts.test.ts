// By which names a server answers: a page that has its own name lead to this machine is not to read what is said here.

import { get } from "node:http";
import { describe, expect, test } from "vitest";
import { type ServeOptions, serve } from "../support/serve.ts";

const TYPE_DEFS = "type Query { greeting: String! }";
const RESOLVERS = { Query: { greeting: () => "hello" } };

function serveGreeting(options: ServeOptions = {}) {
  return serve(TYPE_DEFS, RESOLVERS, { allowedHosts: [], ...options });
}

/** Asks by another name than the one that leads here. */
function ask(url: string, host: string, path = "/graphql?query=%7Bgreeting%7D", accept = "application/json") {
  return new Promise<{ status: number | undefined; text: string; origin: unknown }>((resolve, reject) => {
    const headers = { Host: host, Origin: `http://${host}`, Accept: accept };
    const request = get(`${url}${path}`, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const origin = response.headers["access-control-allow-origin"];
        resolve({ status: response.statusCode, text, origin });
      });
    });
    request.on("error", reject);
  });
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
    expect(await ask(server.url, host)).toMatchObject(HELLO);
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
    const answer = await ask(server.url, host);
    expect(answer).toMatchObject({ status: 421, origin: undefined });
    expect(JSON.parse(answer.text)).toMatchObject({
      errors: [
        { message: expect.stringContaining("--allowed-hosts"), extensions: { code: "MISDIRECTED_REQUEST" } },
      ],
    });
    expect((await ask(server.url, host, "/graphql", "text/html")).status).toBe(421);
    expect((await ask(server.url, host, "/health")).status).toBe(200);
  });

  test("answers to the names that it is told, and no others", async () => {
    await using server = await serveGreeting({ allowedHosts: ["Shop.example", "[::2]"] });
    expect(await ask(server.url, "shop.example:443")).toMatchObject(HELLO);
    expect(await ask(server.url, "[::2]")).toMatchObject(HELLO);
    expect((await ask(server.url, "a.shop.example")).status).toBe(421);
  });

  test("answers to every name where it is told so", async () => {
    await using server = await serveGreeting({ allowedHosts: ["*"] });
    expect(await ask(server.url, "evil.example")).toMatchObject(HELLO);
  });

  test("may be told by a name", async () => {
    await using server = await serveGreeting({ host: "localhost" });
    expect((await ask(server.url, "evil.example")).status).toBe(421);
    expect(await ask(server.url, "localhost")).toMatchObject(HELLO);
  });
});

describe("a server that listens elsewhere", () => {
  test("answers to every name", async () => {
    await using server = await serveGreeting({ host: "0.0.0.0" });
    expect(await ask(server.url, "shop.example")).toMatchObject(HELLO);
  });

  test("answers to those alone that it is told, where it is told any", async () => {
    await using server = await serveGreeting({ host: "0.0.0.0", allowedHosts: ["shop.example"] });
    expect(await ask(server.url, "shop.example")).toMatchObject(HELLO);
    expect((await ask(server.url, "evil.example")).status).toBe(421);
  });
});

test.each([["a.example:80"], ["http://a.example"], [""], [5]])("the name %j is no host", async (host) => {
  await expect(serveGreeting({ allowedHosts: [host as string] })).rejects.toThrow(
    'allowedHosts: expected names of hosts, without ports, or "*", but got: ',
  );
});
