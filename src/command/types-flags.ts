// The flags of `jitney types`.

import { OptionError } from "../batching/errors.ts";
import { StartError } from "../server/start-error.ts";
import type { TypesOptions } from "../types/generate.ts";
import { type FlagReader, type KnownFlags, readFlags } from "./flags.ts";

/** What `jitney types` was told to do. */
export interface TypesCommandLine extends TypesOptions {
  readonly isHelp: boolean;
  /** Write nothing: say whether the file has what would be written. */
  readonly isCheck: boolean;
  readonly schema: string | undefined;
  /** Where the types go; without it, to standard output. */
  readonly out: string | undefined;
}

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
  const values: Values = { scalars: new Map(), sourceTypes: new Map() };
  const switches = readFlags(args, KNOWN, values);
  const { schema, out, contextType, scalars, sourceTypes } = values;
  const [isHelp, isCheck] = [switches.has("help"), switches.has("check")];
  if (isCheck && out === undefined && !isHelp) throw new StartError("--check: expected --out FILE beside it");
  return { isHelp, isCheck, schema, out, contextType, scalars, sourceTypes };
}

/** What the flags have said so far. */
interface Values {
  schema?: string;
  out?: string;
  contextType?: string;
  readonly scalars: Map<string, string>;
  readonly sourceTypes: Map<string, string>;
}

const READERS: ReadonlyMap<string, FlagReader<Values>> = new Map(
  Object.entries<FlagReader<Values>>({
    schema(values, given) {
      values.schema = given;
    },
    out(values, given) {
      values.out = given;
    },
    "context-type"(values, given, flag) {
      if (!IS_EXPORT.test(given)) throw new OptionError(flag, "MODULE#TYPE", given);
      values.contextType = given;
    },
    "source-type"({ sourceTypes }, given, flag) {
      sourceTypes.set(...pairIn(IS_EXPORT_OF_NAME, given, flag, "NAME=MODULE#TYPE"));
    },
    scalar({ scalars }, given, flag) {
      scalars.set(...pairIn(IS_TYPE_OF_NAME, given, flag, "NAME=TYPE or NAME=MODULE#TYPE"));
    },
  }),
);

const KNOWN: KnownFlags<Values> = { switches: new Set(["help", "check"]), readers: READERS };

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
