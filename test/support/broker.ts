// A real RabbitMQ of one test file's own: on loopback, on free ports, with a folder of its own, stopped by who started it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BrokerProgram, brokerProgram } from "./broker-program.ts";

/** On two busy cores an Erlang may take its time to boot. */
const START_MS = 60_000;

/** How many virtual hosts a broker has, for tests that want the queues to themselves. */
const VHOSTS = 64;

/** Of the broker that the tests start: it listens on loopback alone. */
const USER = { name: "jitney", password: "seat-belt" };

export class Broker implements AsyncDisposable {
  readonly port: number;
  readonly #tlsPort: number;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #epmd: ChildProcess;
  #server: ChildProcess | undefined;
  #vhostsTaken = 0;

  private constructor(
    port: number,
    tlsPort: number,
    folder: string,
    env: NodeJS.ProcessEnv,
    epmd: ChildProcess,
  ) {
    this.port = port;
    this.#tlsPort = tlsPort;
    this.#folder = folder;
    this.#env = env;
    this.#epmd = epmd;
  }

  /**
   * Resolves when it takes connections.
   *
   * @param certificate where it is to take them by TLS, too.
   */
  static async start(certificate?: Certificate): Promise<Broker> {
    const program = installed();
    const [port, distPort, epmdPort, tlsPort] = await freePorts(4);
    const folder = mkdtempSync(join(tmpdir(), "jitney-broker-"));
    writeSettings(folder, port as number, certificate && { ...certificate, port: tlsPort as number });
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: "C.UTF-8",
      RABBITMQ_NODENAME: `jitney-${port}@localhost`,
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
      RABBITMQ_MNESIA_BASE: join(folder, "data"),
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      // The program becomes the Erlang machine, and is no shell that waits for it: its process id is the broker's.
      RUNNING_UNDER_SYSTEMD: "true",
    };
    const epmd = spawn(program.epmd, ["-port", String(epmdPort), "-address", "127.0.0.1"], {
      env,
      stdio: "ignore",
    });
    const broker = new Broker(port as number, tlsPort as number, folder, env, epmd);
    process.once("exit", () => broker.#killAll());
    // Vitest ends in order on a signal; other programs at once, and then nobody would end the broker.
    if (process.env.VITEST === undefined) {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
    }
    await broker.boot();
    return broker;
  }

  /** The address of a virtual host that nobody else uses; 64 of them at most. */
  newURL(): string {
    if (this.#vhostsTaken === VHOSTS) throw new Error(`This broker has ${VHOSTS} virtual hosts`);
    this.#vhostsTaken += 1;
    return `amqp://${USER.name}:${USER.password}@127.0.0.1:${this.port}/v${this.#vhostsTaken}`;
  }

  /** The same, by TLS. */
  newTLSURL(): string {
    return this.newURL().replace("amqp://", "amqps://").replace(`:${this.port}/`, `:${this.#tlsPort}/`);
  }

  /** Starts it, again too: durable queues are there as before, messages that are not persistent are gone. */
  async boot(): Promise<void> {
    const server = spawn(installed().server, [], { env: this.#env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    this.#server = server;
    const giveUpAt = Date.now() + START_MS;
    while (!(await isTaken(this.port))) {
      if (server.exitCode !== null || Date.now() > giveUpAt) {
        throw new Error(`RabbitMQ did not start: ${stderr}\n${this.log.slice(-2_000)}`);
      }
      await sleep(50);
    }
  }

  /** Of the Erlang machine that runs now. */
  get pid(): number {
    const { pid } = this.#server ?? {};
    if (pid === undefined) throw new Error("RabbitMQ does not run");
    return pid;
  }

  get log(): string {
    try {
      return readFileSync(join(this.#folder, "rabbit.log"), "utf8");
    } catch {
      return "";
    }
  }

  /** As a crash of its machine ends it. */
  async kill(): Promise<void> {
    await end(this.#server, "SIGKILL");
  }

  /** It answers nobody, and closes no connection, until `resume`. */
  pause(): void {
    this.#server?.kill("SIGSTOP");
  }

  resume(): void {
    this.#server?.kill("SIGCONT");
  }

  /** What an operator does: runs `rabbitmqctl`. */
  async control(...command: readonly string[]): Promise<void> {
    const child = spawn(installed().control, command, {
      env: this.#env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [exitCode] = await once(child, "exit");
    if (exitCode !== 0) throw new Error(`rabbitmqctl ${command.join(" ")} ended with ${exitCode}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#server, "SIGKILL");
    await end(this.#epmd, "SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #killAll(): void {
    this.#server?.kill("SIGKILL");
    this.#epmd.kill("SIGKILL");
  }
}

/** The names of two files in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

function installed(): BrokerProgram {
  const program = brokerProgram();
  if (program === undefined) throw new Error("RabbitMQ is not installed: see test/support/broker-program.ts");
  return program;
}

function writeSettings(folder: string, port: number, tls?: Certificate & { readonly port: number }): void {
  const definitions = join(folder, "definitions.json");
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    "log.console = false",
    `log.file = ${join(folder, "rabbit.log")}`,
    `load_definitions = ${definitions}`,
    // Whatever else the machine holds: no test is about a full disk.
    "disk_free_limit.absolute = 10MB",
  ];
  if (tls !== undefined) {
    settings.push(
      `listeners.ssl.1 = 127.0.0.1:${tls.port}`,
      `ssl_options.certfile = ${tls.certificate}`,
      `ssl_options.keyfile = ${tls.key}`,
      `ssl_options.cacertfile = ${tls.certificate}`,
      "ssl_options.verify = verify_none",
    );
  }
  writeFileSync(join(folder, "rabbitmq.conf"), `${settings.join("\n")}\n`);
  writeFileSync(join(folder, "enabled_plugins"), "[].\n");
  const vhosts = Array.from({ length: VHOSTS }, (_, index) => ({ name: `v${index + 1}` }));
  const all = { configure: ".*", write: ".*", read: ".*" };
  writeFileSync(
    definitions,
    JSON.stringify({
      users: [{ ...USER, tags: "" }],
      vhosts,
      permissions: vhosts.map(({ name }) => ({ user: USER.name, vhost: name, ...all })),
    }),
  );
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "exit");
  child.kill(signal);
  await closed;
}

async function freePorts(count: number): Promise<readonly number[]> {
  // All open at once, so that they differ.
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
