// Which flags a command was given, and what is wrong with how they were given.

import { parseArgs } from "node:util";
import { StartError } from "./server/start-error.ts";

/** The flags that a command knows, without their dashes. */
export interface KnownFlags {
  readonly switches: ReadonlySet<string>;
  readonly valued: ReadonlySet<string>;
}

/**
 * Gives the switches that were given, and each value to `read`, in order; `flag` is what messages call it. Not `strict`,
 * whose messages go on about how to pass such a word as a positional argument.
 *
 * @throws StartError for a flag that does not exist, or lacks its value, and for a word that is none.
 */
export function readFlags(
  args: readonly string[],
  known: KnownFlags,
  read: (name: string, value: string, flag: string) => void,
): ReadonlySet<string> {
  const switches = new Set<string>();
  const options = Object.fromEntries([
    ...[...known.switches].map((name) => [name, { type: "boolean" }] as const),
    ...[...known.valued].map((name) => [name, { type: "string" }] as const),
  ]);
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind === "positional") throw new StartError(`unexpected argument: ${token.value} (see --help)`);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (known.valued.has(name)) {
      // A word like a flag is the next flag, unless it is tied to this one: `--schema=--odd-name`.
      const isMissing = !value || (!inlineValue && value.startsWith("--"));
      if (isMissing) throw new StartError(`${rawName}: expected a value (see --help)`);
      read(name, value, rawName);
    } else if (known.switches.has(name)) {
      if (value !== undefined) throw new StartError(`${rawName}: takes no value`);
      switches.add(name);
    } else {
      throw new StartError(`unknown option: ${rawName} (see --help)`);
    }
  }
  return switches;
}
