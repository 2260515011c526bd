// The command with shared batches: gateways and workers as users start them, against a real broker.

import { expect, test } from "vitest";
import type { PrintedSpan } from "../fixtures/tracing.ts";
import { Broker } from "../support/broker.ts";
import { newBrokerURL } from "../support/new-broker-url.ts";
import { type Running, startCommand, startJitney } from "../support/server-process.ts";

const NO_BROKER = "amqp://nobody:secret-of-mine@127.0.0.1:1";

test("two tabs of two servers share one batch, and are told which worker has computed it", async () => {
  const url = await newBrokerURL();
  await using worker = startCommand(["worker", "--amqp", url, "--name", "w1", "--max-delay-ms", "300"]);
  await using one = gateway(url);
  await using other = gateway(url);
  await Promise.all([one, other].map(isReady));
  await worker.printed(/Connected to the broker/);
  const [cat, dog] = await Promise.all([upper(one, "cat"), upper(other, "dog")]);
  expect([cat.data, dog.data]).toEqual([{ upper: "CAT" }, { upper: "DOG" }]);
  const [ofCat, ofDog] = [cat.extensions?.batches, dog.extensions?.batches];
  expect(ofCat).toMatchObject([
    { field: "Query.upper", id: "upper#1", worker: "w1", size: 2, reason: "delay" },
  ]);
  expect(ofDog).toMatchObject([{ id: "upper#1", worker: "w1", size: 2 }]);
  // The key's whole time but for the run itself: the wait for the batch, and the way there and back.
  expect(ofCat?.[0]?.waitMs).toBeGreaterThan(100);
});

test("a server whose broker is away says so, is not ready, and is once the broker is there", async () => {
  await using own = await Broker.start();
  const url = own.newURL();
  await own.kill();
  await using server = gateway(url);
  await server.printed(/"level":40.*connect ECONNREFUSED.*keys wait for it until their time is up/);
  expect(await ready(server)).toEqual({ code: 503, status: "waiting for the broker" });
  expect((await fetch(`${await server.url()}/health`)).status).toBe(200);
  await using worker = startCommand(["worker", "--amqp", url]);
  await worker.printed(/cannot be reached/);
  const answer = upper(server, "cat");
  await own.boot();
  expect((await answer).data).toEqual({ upper: "CAT" });
  await isReady(server);
  expect(server.stdout + server.stderr + worker.stdout).not.toContain("seat-belt");
}, 60_000);

test("a broker that lets nobody in is told of in one line, without the password", async () => {
  const url = (await newBrokerURL()).replace("seat-belt", "secret-of-mine");
  await using server = gateway(url);
  await server.printed(/ACCESS_REFUSED|ACCESS-REFUSED/);
  expect(server.faults.length).toBe(1);
  expect(server.stdout).not.toContain("secret-of-mine");
});

test("the metrics of both sides tell of chunks, and those of the worker of its queues", async () => {
  const url = await newBrokerURL();
  await using worker = startCommand(["worker", "--amqp", url]);
  await using server = gateway(url);
  await isReady(server);
  await worker.printed(/Connected to the broker/);
  await upper(server, "cat");
  const [, workerURL = ""] = await worker.printed(/its pages are at (http:[^"]+)"/);
  const [ofServer, ofWorker] = await Promise.all(
    [await server.url(), workerURL].map(async (each) => (await fetch(`${each}/metrics`)).text()),
  );
  expect(ofServer).toContain("\njitney_chunks_sent_total 1\n");
  expect(ofServer).toContain("\njitney_broker_connected 1\n");
  expect(ofServer).toContain("\njitney_open_chunks 0\n");
  expect(ofWorker).toContain('\njitney_chunks_received_total{field="Query.upper"} 1\n');
  expect(ofWorker).toContain('\njitney_chunks_redelivered_total{field="Query.upper"} 0\n');
  expect(ofWorker).toContain('\njitney_queue_chunks{field="Query.upper",queue="shared"} 0\n');
  expect(ofWorker).toContain('\njitney_queue_chunks{field="Query.upper",queue="lone"} 0\n');
  expect(ofWorker).toContain('\njitney_batches_total{field="Query.upper",reason="delay"} 1\n');
  expect((await fetch(`${workerURL}/ready`)).status).toBe(200);
  expect((await fetch(`${workerURL}/batches`)).status).toBe(200);
  expect((await fetch(`${workerURL}/graphql`)).status).toBe(404);
});

test("a trace goes on through the broker: the worker's batch is linked to the gateway's message", async () => {
  const url = await newBrokerURL();
  const traced = { NODE_OPTIONS: "--import=./test/fixtures/tracing.ts" };
  await using worker = startCommand(["worker", "--amqp", url], traced);
  await using server = startJitney(["--amqp", url], traced);
  await isReady(server);
  await worker.printed(/Connected to the broker/);
  await upper(server, "cat");
  const request = await spanOf(server, /^POST/);
  const sent = await spanOf(server, /^send Query.upper$/);
  const batch = await spanOf(worker, /^batch Query.upper$/);
  expect(sent.links).toContain(request.id);
  expect(batch.links).toEqual([sent.id]);
});

test("a worker that is told to stop answers what it has, and ends", async () => {
  const url = await newBrokerURL();
  await using worker = startCommand(["worker", "--amqp", url, "--max-delay-ms", "5000"]);
  await using server = gateway(url);
  await isReady(server);
  await worker.printed(/Connected to the broker/);
  const answer = upper(server, "cat");
  const [, workerURL = ""] = await worker.printed(/its pages are at (http:[^"]+)"/);
  const hasKey = async () =>
    (await (await fetch(`${workerURL}/metrics`)).text()).includes('waiting_keys{field="Query.upper"} 1');
  while (!(await hasKey()));
  worker.child.kill("SIGTERM");
  expect((await answer).data).toEqual({ upper: "CAT" });
  const { exitCode } = await worker.ended();
  expect(exitCode).toBe(0);
});

test.each([
  ["no broker", ["worker"], "worker: expected --amqp URL, or JITNEY_AMQP_URL"],
  ["a flag of servers", ["worker", "--graphiql", "on"], "unknown option: --graphiql (see --help)"],
  [
    "another protocol",
    ["--amqp", "http://secret-of-mine@localhost"],
    '--amqp: expected amqp://user:password@host:port/vhost, or amqps:// for TLS, but got: "something else"',
  ],
  ["queues of nobody", ["--queue-type", "quorum"], "--queue-type: expected --amqp URL beside it"],
  [
    "another type of queue",
    ["--amqp", NO_BROKER, "--queue-type", "lazy"],
    '--queue-type: expected classic or quorum, but got: "lazy"',
  ],
  [
    "no length of a queue",
    ["--amqp", NO_BROKER, "--max-queued-chunks", "0"],
    "--max-queued-chunks: expected a whole number of 1 or more, but got: 0",
  ],
  [
    "a mutation that may be done twice",
    [
      "--amqp",
      NO_BROKER,
      "--schema",
      "test/fixtures/charge.graphql",
      "--resolvers",
      "test/fixtures/charge.ts",
    ],
    'Mutation.charge: delivery: expected "at-most-once", or "at-least-once" for what may be done twice, of a Mutation whose batches are shared, but got: undefined',
  ],
])("%s gets one line", async (_name, args, message) => {
  await using process = args[0] === "worker" ? startCommand(args) : startJitney(args);
  const { exitCode, stderr } = await process.ended();
  expect(stderr).toBe(`jitney: ${message}\n`);
  expect(exitCode).toBe(2);
});

function gateway(url: string): Running {
  return startJitney(["--amqp", url, "--batch-facts", "on"]);
}

async function ready(server: Running): Promise<{ code: number; status: string }> {
  const response = await fetch(`${await server.url()}/ready`);
  const { status } = (await response.json()) as { status: string };
  return { code: response.status, status };
}

async function isReady(server: Running): Promise<void> {
  while ((await ready(server)).code !== 200);
}

interface Answer {
  readonly data: unknown;
  readonly extensions?: { readonly batches: readonly { readonly waitMs: number }[] };
}

async function upper(server: Running, x: string): Promise<Answer> {
  const response = await fetch(`${await server.url()}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query: `{ upper(x: "${x}") }` }),
  });
  return (await response.json()) as Answer;
}

async function spanOf(program: Running, name: RegExp): Promise<PrintedSpan> {
  for (;;) {
    const lines = program.stdout.split("\n").filter((line) => line.startsWith("span "));
    const spans = lines.map((line) => JSON.parse(line.slice("span ".length)) as PrintedSpan);
    const found = spans.find((span) => name.test(span.name));
    if (found !== undefined) return found;
    await program.printed(new RegExp(`(span [^\\n]*\\n[^]*){${lines.length + 1}}`));
  }
}
