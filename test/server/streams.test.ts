// Subscriptions over HTTP: in an event stream, or not at all.

import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { serve } from "../support/serve.ts";

async function serveTicks() {
  const seen = { begun: 0, ended: 0 };
  // No generator: one that has not begun cannot tell that it was ended.
  const ticks = () => {
    seen.begun += 1;
    let count = 0;
    const stream: AsyncIterableIterator<{ ticks: number }> = {
      [Symbol.asyncIterator]: () => stream,
      next: async () => {
        count += 1;
        return count > 2 ? { done: true, value: undefined } : { done: false, value: { ticks: count } };
      },
      return: async () => {
        seen.ended += 1;
        return { done: true, value: undefined };
      },
    };
    return stream;
  };
  const server = await serve("type Query { a: String } type Subscription { ticks: Int! }", {
    Query: { a: () => "a" },
    Subscription: { ticks: { subscribe: ticks } },
  });
  return Object.assign(server, { seen });
}

async function send(url: string, body: unknown, accept: string | undefined) {
  const headers = { "Content-Type": "application/json", ...(accept === undefined ? {} : { Accept: accept }) };
  const response = await fetch(`${url}/graphql`, { method: "POST", body: JSON.stringify(body), headers });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

const TICKS = { query: "subscription { ticks }" };

test.each(["text/event-stream", "*/*", undefined, "application/json, text/event-stream"])(
  "with Accept %s a subscription is answered in an event stream",
  async (accept) => {
    await using server = await serveTicks();
    const { status, type, text } = await send(server.url, TICKS, accept);
    expect([status, type]).toEqual([200, "text/event-stream"]);
    expect(text).toContain('data: {"data":{"ticks":1}}');
    expect(text).toContain('data: {"data":{"ticks":2}}');
    expect(text).toContain("event: complete");
  },
);

test.each(["application/json", "application/graphql-response+json", "multipart/mixed"])(
  "with Accept %s it is refused in one clear line, and never begun: 406",
  async (accept) => {
    await using server = await serveTicks();
    const { status, type, text } = await send(server.url, TICKS, accept);
    expect(status).toBe(406);
    expect(type).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/);
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message:
            "A subscription is answered in an event stream: the Accept header has to allow text/event-stream",
          extensions: { code: "NOT_ACCEPTABLE" },
        },
      ],
    });
    expect(server.seen.begun).toBe(0);
  },
);

test.each(["application/json", "*/*"])(
  "with Accept %s, one among other operations is refused, and the others are answered",
  async (accept) => {
    await using server = await serveTicks();
    const { status, text } = await send(server.url, [TICKS, { query: "{ a }" }], accept);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject([
      { errors: [{ message: expect.stringContaining("subscription") }] },
      { data: { a: "a" } },
    ]);
    // One that has been begun has been ended too.
    await vi.waitFor(() => expect(server.seen.ended).toBe(server.seen.begun));
  },
);

test("a stream that begins while the server ends says that its connection closes", async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const slow = await serve("type Query { slow: String }", {
    Query: {
      slow: async () => {
        asked.resolve();
        await gate.promise;
        return "done";
      },
    },
  });
  const socket = connect(Number(new URL(slow.url).port), "127.0.0.1").setEncoding("utf8");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  const path = "/graphql?query={slow}";
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`);
  await asked.promise;
  const drained = slow.drain();
  gate.resolve();
  await Promise.all([drained, once(socket, "close")]);
  expect(text).toMatch(/^connection: close\r$/im);
  expect(text).not.toMatch(/keep-alive/i);
  expect(text).toContain('"slow":"done"');
});
