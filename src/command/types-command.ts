// `jitney types`: writes the types of a schema's resolvers, or says whether they have been written.

import { readFile, realpath, stat, writeFile } from "node:fs/promises";
import { OptionError } from "../batching/errors.ts";
import { cleanLine } from "../server/log/clean-log.ts";
import { startError } from "../server/start-error.ts";
import { generateTypes } from "../types/generate.ts";
import { HELP } from "./help.ts";
import { print } from "./print.ts";
import { DEFAULT_SCHEMA, readSchema } from "./schema-file.ts";
import { readTypesCommandLine } from "./types-flags.ts";

/**
 * Gives the exit code: 1 where `--check` finds another text than would be written, or standard output cannot be written.
 *
 * @throws StartError, OptionError for what cannot be done.
 */
export async function runTypes(args: readonly string[]): Promise<0 | 1> {
  const { isHelp, isCheck, schema = DEFAULT_SCHEMA, out, ...options } = readTypesCommandLine(args);
  if (isHelp) return print(HELP);
  if (out !== undefined && (await isSameFile(out, schema))) {
    throw new OptionError("--out", "another file than the schema", out);
  }
  const text = await generateTypes(await readSchema(schema), schema, options);
  if (out === undefined) return print(text);
  if ((await textOf(out)) === text) return 0;
  if (isCheck) {
    console.error(cleanLine(`jitney: ${out} is not up to date with ${schema}: run the same without --check`));
    return 1;
  }
  await writeFile(out, text).catch((error: unknown) => {
    throw startError("cannot write the types", error);
  });
  return 0;
}

/** Whether both names are of one file that exists. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.allSettled([realpath(one), realpath(other)]);
  return first.status === "fulfilled" && second.status === "fulfilled" && first.value === second.value;
}

/**
 * As it was written, whatever ends of lines a checkout has made of it; undefined where there is no such file, or what may
 * have no end: a pipe, a terminal.
 */
async function textOf(file: string): Promise<string | undefined> {
  try {
    if (!(await stat(file)).isFile()) return undefined;
    return (await readFile(file, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw startError("cannot read the types", error);
  }
}
