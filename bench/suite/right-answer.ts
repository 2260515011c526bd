// Whether an answer is the one that its own request asked for.

import { isDeepStrictEqual } from "node:util";
import type { Answer } from "./connection.ts";

/** @param data that it has to have, as JSON; nothing else may be in the answer, errors least of all. */
export function isRight(answer: Answer | undefined, data: string): boolean {
  if (answer?.status !== 200) return false;
  const { body } = answer;
  const wanted = `{"data":${data}}`;
  // Nearly all have just this text; parsing each would cost more than asking for it.
  if (body === wanted || body === `${wanted}\n`) return true;
  try {
    return isDeepStrictEqual(JSON.parse(body), JSON.parse(wanted));
  } catch {
    return false;
  }
}
