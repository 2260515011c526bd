// The file that holds a command's schema: the one that was given, or the example's.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startError } from "../server/start-error.ts";

export const DEFAULT_SCHEMA = fileURLToPath(new URL("../../schema.graphql", import.meta.url));

/** @throws StartError for a file that cannot be read. */
export async function readSchema(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw startError("cannot read the schema", error);
  }
}
