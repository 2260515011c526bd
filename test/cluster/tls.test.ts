// Shared batches over TLS: the broker has to prove that it is who it says.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Broker } from "../support/broker.ts";
import { query } from "../support/graphql-client.ts";
import { startCommand, startJitney } from "../support/server-process.ts";

const run = promisify(execFile);

let folder = "";
let certificate = "";
let broker: Broker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jitney-tls-"));
  certificate = join(folder, "certificate.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", certificate];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files]);
  broker = await Broker.start({ certificate, key });
});

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test("a gateway and a worker that trust the broker's certificate share batches over amqps", async () => {
  const url = broker.newTLSURL();
  const trusting = { NODE_EXTRA_CA_CERTS: certificate };
  await using worker = startCommand(["worker", "--amqp", url], trusting);
  await using server = startJitney(["--amqp", url], trusting);
  await Promise.all([worker, server].map((each) => each.printed(/Connected to the broker amqps:/)));
  const { body } = await query(await server.url(), `{ upper(x: "cat") }`);
  expect(body.data).toEqual({ upper: "CAT" });
});

test("a broker with a certificate that nobody vouches for is told of in one line, and gets no password", async () => {
  await using server = startJitney(["--amqp", broker.newTLSURL()]);
  await server.printed(/"level":40/);
  expect(server.faults).toMatchObject([
    { msg: expect.stringMatching(/it cannot be reached: self-signed certificate/) },
  ]);
});
