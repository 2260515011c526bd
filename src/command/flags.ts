// Which flags a command was given, and what is wrong with how they were given.

import { parseArgs } from "node:util";
import { StartError } from "../server/start-error.ts";

/** Puts the value of a flag where it belongs; `flag` is what messages call it. */
export type FlagReader<Values> = (values: Values, given: string, flag: string) => void;

/** The flags that a command knows, without their dashes. */
export interface KnownFlags<Values> {
  readonly switches: ReadonlySet<string>;
  /** Of every flag that takes a value. */
  readonly readers: ReadonlyMap<string, FlagReader<Values>>;
}

/**
 * Has each value that was given put into `values`, in order, and gives the switches. Not `strict`, whose messages go on
 * about how to pass such a word as a positional argument.
 *
 * @throws StartError for a flag that does not exist, or lacks its value, and for a word that is none; what a reader throws.
 */
export function readFlags<Values>(
  args: readonly string[],
  known: KnownFlags<Values>,
  values: Values,
): ReadonlySet<string> {
  const switches = new Set<string>();
  const options = Object.fromEntries([
    ...[...known.switches].map((name) => [name, { type: "boolean" }] as const),
    ...[...known.readers.keys()].map((name) => [name, { type: "string" }] as const),
  ]);
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind === "positional") throw new StartError(`unexpected argument: ${token.value} (see --help)`);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const read = known.readers.get(name);
    if (read !== undefined) {
      // A word like a flag is the next flag, unless it is tied to this one: `--schema=--odd-name`.
      const isMissing = !value || (!inlineValue && value.startsWith("--"));
      if (isMissing) throw new StartError(`${rawName}: expected a value (see --help)`);
      read(values, value, rawName);
    } else if (known.switches.has(name)) {
      if (value !== undefined) throw new StartError(`${rawName}: takes no value`);
      switches.add(name);
    } else {
      throw new StartError(`unknown option: ${rawName} (see --help)`);
    }
  }
  return switches;
}
