// Where a server may listen.

import { OptionError } from "../batching/errors.ts";

/** @param name what the message shall begin with. */
export function checkPort(name: string, given: unknown): number {
  if (typeof given === "number" && Number.isInteger(given) && given >= 0 && given <= 65_535) return given;
  throw new OptionError(name, "a port, from 0 to 65535", given);
}
