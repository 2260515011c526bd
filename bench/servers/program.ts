// What every contender is told at its start, and answers to the suite over IPC (test/support/questions.ts).

import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerQuestions } from "../../test/support/questions.ts";
import { Backend, type BackendCounts, type BackendSettings } from "./backend.ts";

/** How a contender is started; given as JSON. */
export interface ServerSettings extends BackendSettings {
  /** What is special about it: `jit`, for example. */
  readonly variant?: string;
}

/** What the suite reads before and after each turn. */
export interface Readings extends BackendCounts {
  /** Of the whole process, user and system, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export const settings: ServerSettings = { callMs: 0, slots: 4, ...JSON.parse(process.argv[2] ?? "{}") };

export const backend = new Backend(settings);

/** Tells that the server is ready, and answers from then on. */
export function serveAt(url: string, questions: Readonly<Record<string, () => unknown>> = {}): void {
  answerQuestions({
    readings: (): Readings => {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      return { ...backend.counts, cpuMicroseconds: user + system, rssBytes: rss, heapBytes: heapUsed };
    },
    ...questions,
  });
  console.log(JSON.stringify({ benchUrl: url }));
}

/** Gives the server of `node:http` a free port. */
export async function serve(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // A TCP server that listens has one.
  serveAt(`http://127.0.0.1:${port}/graphql`);
}

/** Reads a body in the cheapest way that node has. */
export function readText(request: IncomingMessage, then: (text: string) => void): void {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => then(text));
}
