// Where RabbitMQ is on this machine, if it is: tests that need it are left out where it is not, unless they must not be.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Where Debian's packages put what they hold. Their own `rabbitmq-server` would change to a user of the system's. */
const SERVERS = "/usr/lib/rabbitmq/lib";
const ERLANG = "/usr/lib/erlang";

export interface BrokerProgram {
  readonly server: string;
  /** What an operator has: `rabbitmqctl`. */
  readonly control: string;
  readonly epmd: string;
}

/** Undefined where it is not installed. */
export function brokerProgram(): BrokerProgram | undefined {
  const server = firstOf(SERVERS, "rabbitmq_server-", "sbin/rabbitmq-server");
  const control = firstOf(SERVERS, "rabbitmq_server-", "sbin/rabbitmqctl");
  const epmd = firstOf(ERLANG, "erts-", "bin/epmd");
  if (server === undefined || control === undefined || epmd === undefined) return undefined;
  return { server, control, epmd };
}

function firstOf(folder: string, prefix: string, path: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const versions = readdirSync(folder).filter((name) => name.startsWith(prefix));
  return versions.map((name) => join(folder, name, path)).find((file) => existsSync(file));
}
