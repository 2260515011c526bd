// The flags of `jitney types`.

import { OptionError } from "../batching/errors.ts";
import { readFlags } from "../flags.ts";
import { StartError } from "../server/start-error.ts";
import type { TypesOptions } from "./generate.ts";

/** What `jitney types` was told to do. */
export interface TypesCommandLine extends TypesOptions {
  readonly isHelp: boolean;
  /** Write nothing: say whether the file has what would be written. */
  readonly isCheck: boolean;
  readonly schema: string | undefined;
  /** Where the types go; without it, to standard output. */
  readonly out: string | undefined;
}

const SWITCHES: ReadonlySet<string> = new Set(["help", "check"]);
const VALUED: ReadonlySet<string> = new Set(["schema", "out", "context-type", "source-type", "scalar"]);

const NAME = "[A-Za-z_$][\\w$]*";
/** What an import names: `./context.ts#Context`. No quotes, as it ends up between such. */
const EXPORT = `[^\\s'"\`\\\\]+#${NAME}`;

const [IS_EXPORT, IS_TYPE_OF_NAME, IS_EXPORT_OF_NAME] = [
  new RegExp(`^${EXPORT}$`),
  // A type in TypeScript's own words has no #.
  new RegExp(`^(${NAME})=(${EXPORT}|[^#\\s][^#\\n\\r]*)$`),
  new RegExp(`^(${NAME})=(${EXPORT})$`),
];

/** @throws StartError, OptionError for flags that cannot be followed. */
export function readTypesCommandLine(args: readonly string[]): TypesCommandLine {
  const values: { schema?: string; out?: string; contextType?: string } = {};
  const scalars = new Map<string, string>();
  const sourceTypes = new Map<string, string>();
  const switches = readFlags(args, { switches: SWITCHES, valued: VALUED }, (name, given, flag) => {
    if (name === "schema" || name === "out") {
      values[name] = given;
    } else if (name === "scalar") {
      scalars.set(...pairIn(IS_TYPE_OF_NAME, given, flag, "NAME=TYPE or NAME=MODULE#TYPE"));
    } else if (name === "source-type") {
      sourceTypes.set(...pairIn(IS_EXPORT_OF_NAME, given, flag, "NAME=MODULE#TYPE"));
    } else {
      if (!IS_EXPORT.test(given)) throw new OptionError(flag, "MODULE#TYPE", given);
      values.contextType = given;
    }
  });
  const { schema, out, contextType } = values;
  const [isHelp, isCheck] = [switches.has("help"), switches.has("check")];
  if (isCheck && out === undefined && !isHelp) throw new StartError("--check: expected --out FILE beside it");
  return { isHelp, isCheck, schema, out, contextType, scalars, sourceTypes };
}

function pairIn(
  pattern: RegExp,
  given: string,
  flag: string,
  expected: string,
): [name: string, type: string] {
  const [, name, type] = pattern.exec(given) ?? [];
  if (name === undefined || type === undefined) throw new OptionError(flag, expected, given);
  return [name, type];
}
