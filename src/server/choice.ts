// Options that are one of a few words.

import { OptionError } from "../batching/errors.ts";

const OR = new Intl.ListFormat("en-GB", { type: "disjunction" });

/**
 * @param name what the message shall begin with.
 * @throws OptionError for what is none of the choices.
 */
export function checkChoice<Choice extends string>(
  name: string,
  choices: readonly Choice[],
  given: unknown,
): Choice {
  const choice = choices.find((known) => known === given);
  if (choice === undefined) throw new OptionError(name, OR.format(choices), given);
  return choice;
}
