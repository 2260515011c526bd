// A command that serves with several processes, seen from outside.

import { Agent, request } from "node:http";
import { onTestFinished } from "vitest";
import type { GraphQLAnswer } from "./graphql-client.ts";
import { type Running, type StartOptions, startJitney } from "./server-process.ts";

export const FIELDS = [
  ["--schema", "test/fixtures/many-workers.graphql"],
  ["--resolvers", "test/fixtures/many-workers.ts"],
].flat();

/** Starts the fixture; it ends with the test, and its workers with it. */
export function startWorkers(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  options: StartOptions = {},
): Running {
  const jitney = startJitney([...FIELDS, ...args], env, options);
  onTestFinished(async () => {
    await jitney.stop();
  });
  return jitney;
}

/** One request, on a connection of its own unless there is an agent that has one. */
export async function askOn(agent: Agent | false, url: string, query: string): Promise<GraphQLAnswer> {
  return JSON.parse(await send(agent, `${url}/graphql`, "POST", JSON.stringify({ query })));
}

export function getOn(agent: Agent | false, url: string): Promise<string> {
  return send(agent, url, "GET", "");
}

function send(agent: Agent | false, url: string, method: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const asked = request(url, { method, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => resolve(text));
      response.once("error", reject);
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

export async function pidOn(agent: Agent | false, url: string): Promise<number> {
  return Number((await askOn(agent, url, "{ pid }")).data?.pid);
}

/** Asks on new connections until so many processes have answered. */
export async function pidsOf(url: string, count: number): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (let tries = 0; pids.size < count; tries += 1) {
    if (tries > 50 * count) throw new Error(`only ${[...pids]} answer`);
    pids.add(await pidOn(false, url));
  }
  return [...pids];
}

/** One connection, which is kept. */
export function keptConnection(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** From now on it does nothing, and hears nothing; it ends with the test. */
export function stopProcess(pid: number): void {
  process.kill(pid, "SIGSTOP");
  onTestFinished(() => {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  });
}
