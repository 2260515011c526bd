// Names that a schema cannot have beside the types that the generator writes of its own.

import { StartError } from "../server/start-error.ts";

/** What the generated text means TypeScript's own by. */
const GLOBALS = [
  "Array",
  "AsyncIterable",
  "Exclude",
  "NonNullable",
  "Omit",
  "Partial",
  "Pick",
  "Promise",
  "Record",
];

/**
 * @param text the generated types.
 * @throws StartError where a type has a name that another has too: what could not be compiled, or would mean another.
 */
export function checkNames(text: string, typeDefsName: string): void {
  // The generator's own Omit is as good as the global one.
  const types = text.matchAll(/^export (?:type|interface) (\w+)\b(?!<T, K extends keyof T> = Pick<)/gm);
  const declared = [...types].map(([, name]) => name);
  const imported = [...text.matchAll(/^import type \{(.*)\} from/gm)].flatMap(([, names = ""]) =>
    names.split(",").map((name) => name.trim().split(" ").at(-1)),
  );
  const seen = new Set<string | undefined>(GLOBALS);
  for (const name of [...imported, ...declared]) {
    if (!seen.has(name)) seen.add(name);
    else throw new StartError(`${typeDefsName}: two of its types would be called ${name} in TypeScript`);
  }
}
