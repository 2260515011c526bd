// By which names clients may call the server. A page of another site can have its own name lead to this machine (DNS
// rebinding): for the browser, a server that answers to it is that site, and the page may read all that it says.

import type { IncomingMessage, Server } from "node:http";
import { OptionError } from "../batching/errors.ts";
import type { Refusal } from "./send.ts";

const NO_HOST: Refusal = { status: 400, code: "BAD_REQUEST", message: "The Host header is no host" };

const OTHER_HOST: Refusal = {
  status: 421,
  code: "MISDIRECTED_REQUEST",
  message:
    "The server is not called by the name in the Host header: names beside localhost and its own have to be allowed (--allowed-hosts)",
};

export interface HostCheck {
  /** Whether the header, as it is, has been found right before; to read it takes longer than all else of a small request. */
  isKnown(host: string): boolean;
  refusalOf(request: IncomingMessage): Refusal | undefined;
}

/** Headers that have been found right: a client may send as many as there are ports. */
const MOST_KNOWN = 64;

/**
 * Refuses names that the server has not, where it listens on a loopback address, or was told its names.
 *
 * @param own where it listens, as it was told.
 * @param allowed names beside it, or `*` for any.
 */
export function createHostCheck(server: Server, own: string, allowed: readonly string[]): HostCheck {
  const names = new Set([...allowed, hostnameOf(own) ?? hostnameOf(`[${own}]`)]);
  let isChecked = allowed.length > 0;
  server.once("listening", () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) isChecked ||= isLoopback(address.address);
  });
  const known = new Set<string>();
  return {
    isKnown: (host) => known.has(host),
    refusalOf({ headers: { host = "localhost" } }) {
      const name = hostnameOf(host);
      if (name === undefined) return NO_HOST;
      const isRight = !isChecked || names.has("*") || names.has(name) || isOfThisMachine(name);
      if (!isRight) return OTHER_HOST;
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(host);
      return undefined;
    },
  };
}

/** @throws OptionError */
export function checkHosts(name: string, given: unknown): readonly string[] {
  if (!Array.isArray(given)) throw new OptionError(name, "a list of hosts", given);
  return given.map((host: unknown) => {
    const isHost = typeof host === "string" && (host === "*" || hostnameOf(host) === host.toLowerCase());
    if (!isHost) throw new OptionError(name, 'names of hosts, without ports, or "*"', host);
    return host.toLowerCase();
  });
}

/** Without its port, in lower case; `[::1]` for an address of IPv6. */
function hostnameOf(host: string): string | undefined {
  if (/[/?#@\\]/.test(host)) return undefined;
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, "");
}

function isOfThisMachine(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || isLoopback(name);
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^127(\.\d+){3}$/.test(address);
}
