// Where the broker is: its URL, checked, and what of it may be shown.

import { OptionError } from "../batching/index.ts";

const EXPECTED = "amqp://user:password@host:port/vhost, or amqps:// for TLS";

/**
 * @param option what the message shall begin with.
 * @throws OptionError, which shows nothing of what was given: it may hold a password.
 */
export function checkAddress(option: string, given: unknown): string {
  if (typeof given !== "string" || !URL.canParse(given))
    throw new OptionError(option, EXPECTED, "something else");
  const { protocol, hostname } = new URL(given);
  if ((protocol !== "amqp:" && protocol !== "amqps:") || hostname === "") {
    throw new OptionError(option, EXPECTED, "something else");
  }
  return given;
}

/** For logs: without user, password and parameters. */
export function shownAddress(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
