// The module that holds a command's resolvers: the one that was given, or the example's.

import { once } from "node:events";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loggedError } from "../server/log/logged-error.ts";
import { startError } from "../server/start-error.ts";

/** @throws StartError for a module that cannot be loaded. */
export async function loadResolvers(file: string | undefined): Promise<unknown> {
  if (file === undefined) return (await import("../resolvers.ts")).default;
  const loaded = new AbortController();
  try {
    const module: Promise<{ readonly default?: unknown }> = import(pathToFileURL(resolve(file)).href);
    return (await Promise.race([module, deadEnd(loaded.signal)])).default;
  } catch (error) {
    throw startError(`cannot load the resolvers from ${file}${lineIn(file, error)}`, error);
  } finally {
    loaded.abort();
  }
}

/** Rejects when nothing is left that could go on: Node would then end the process, with a code and advice of its own. */
async function deadEnd(signal: AbortSignal): Promise<never> {
  await once(process, "beforeExit", { signal });
  throw new Error("it never finished loading: it awaits what nothing is left to bring about");
}

/** `:3:7`, where the stack of an error says that it comes from there in a file. */
function lineIn(file: string, error: unknown): string {
  const after = loggedError(error).stack.split(pathToFileURL(resolve(file)).href)[1] ?? "";
  return /^(:\d+)+/.exec(after)?.[0] ?? "";
}
