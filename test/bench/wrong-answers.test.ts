// The suite's client against real servers: it measures those that answer rightly, and refuses all others.

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Seen } from "../../bench/suite/client.ts";
import { wholeAnswer } from "../../bench/suite/connection.ts";
import { LoadClient, RefusedToReport } from "../../bench/suite/load-client.ts";
import { LOADS, type LoadName } from "../../bench/suite/loads.ts";
import type { TurnOrder } from "../../bench/suite/turn.ts";

/** Answers the words of the variables, or what it makes of the right answer and of how many came before. */
async function serve(
  answer: (response: ServerResponse, right: string, before: number) => void,
): Promise<{ url: string } & AsyncDisposable> {
  let before = 0;
  const server: Server = createServer(async (request, response) => {
    const { variables }: { variables: { x: string } } = JSON.parse(await text(request));
    answer(response, JSON.stringify({ data: { upper: variables.x.toUpperCase() } }), before);
    before += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // A TCP server that listens has one.
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const REQUESTS = 200;

async function ask(url: string, order: TurnOrder = { seconds: 15, most: REQUESTS }): Promise<Seen> {
  await using client = new LoadClient();
  await using _open = await client.open(url, 8);
  return await client.run("a server", "variables", order);
}

test("a server that answers rightly is measured", async () => {
  await using server = await serve((response, right) => response.end(right));
  const seen = await ask(server.url);
  expect(seen.answers).toBe(REQUESTS);
  expect(seen.p99Ms).toBeGreaterThanOrEqual(seen.p50Ms);
});

test("a rate is not exceeded, however fast the server is", async () => {
  await using server = await serve((response, right) => response.end(right));
  const { answers } = await ask(server.url, { seconds: 0.5, rate: 200 });
  expect(answers).toBeGreaterThan(0);
  expect(answers).toBeLessThanOrEqual(100);
});

test("answers in chunks, and with spaces, are right too", async () => {
  await using server = await serve((response, right) => {
    response.write('{ "data":');
    response.end(right.slice('{"data":'.length));
  });
  expect((await ask(server.url)).answers).toBe(REQUESTS);
});

test.each<[string, (response: ServerResponse, right: string) => void]>([
  ["the answer to another request", (response) => response.end('{"data":{"upper":"CAT0"}}')],
  [
    "an error beside the right answer",
    (response, right) => response.end(right.replace("{", '{"errors":[],')),
  ],
  ["another status", (response, right) => response.writeHead(500).end(right)],
  ["no JSON", (response) => response.end("CAT")],
  ["no answer", (response) => response.destroy()],
])("one wrong answer among right ones is refused: %s", async (_, answerWrongly) => {
  await using server = await serve((response, right, before) => {
    if (before === 30) answerWrongly(response, right);
    else response.end(right);
  });
  const refused = await ask(server.url).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RefusedToReport);
  expect(String(refused)).toMatch(/a server answered wrongly \(variables\): asked for .*cat\d+.* and got /);
});

test.each(Object.keys(LOADS) as LoadName[])(
  "the requests of %s differ, and each has its own answer",
  (name) => {
    const { body, data } = LOADS[name];
    expect(body(1)).not.toBe(body(2));
    expect(data(1)).not.toBe(data(2));
    expect(JSON.stringify(JSON.parse(body(1)))).toBe(body(1));
    const words: readonly string[] = Object.values(JSON.parse(data(1)));
    for (const word of words) expect(body(1)).toContain(word.toLowerCase());
  },
);

test("an answer is whole when all of it is there", () => {
  const whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  expect(wholeAnswer(whole)).toEqual({ status: 200, body: "hello" });
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n4\r\n cat\r\n0\r\n\r\n";
  expect(wholeAnswer(chunked)).toEqual({ status: 200, body: "hello cat" });
  for (let length = 0; length < whole.length; length += 1) {
    expect(wholeAnswer(whole.slice(0, length))).toBeUndefined();
  }
  for (let length = 0; length < chunked.length; length += 1) {
    expect(wholeAnswer(chunked.slice(0, length))).toBeUndefined();
  }
});
