// `jitney types`: writes the types of a schema's resolvers, or says whether they have been written.

import { readFile, writeFile } from "node:fs/promises";
import { HELP } from "../help.ts";
import { DEFAULT_SCHEMA, readSchema } from "../schema-file.ts";
import { startError } from "../server/start-error.ts";
import { readTypesCommandLine } from "./command-line.ts";
import { generateTypes } from "./generate.ts";

/**
 * Gives the exit code: 1 where `--check` finds another text than would be written.
 *
 * @throws StartError, OptionError for what cannot be done.
 */
export async function runTypes(args: readonly string[]): Promise<0 | 1> {
  const { isHelp, isCheck, schema = DEFAULT_SCHEMA, out, ...options } = readTypesCommandLine(args);
  if (isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  const text = await generateTypes(await readSchema(schema), schema, options);
  if (out === undefined) {
    process.stdout.write(text);
    return 0;
  }
  if ((await textOf(out)) === text) return 0;
  if (isCheck) {
    console.error(`jitney: ${out} is not up to date with ${schema}: run the same without --check`);
    return 1;
  }
  await writeFile(out, text).catch((error: unknown) => {
    throw startError("cannot write the types", error);
  });
  return 0;
}

/** As it was written, whatever ends of lines a checkout has made of it; undefined where there is no such file. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw startError("cannot read the types", error);
  }
}
