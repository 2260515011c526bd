// Operations of an array, which Yoga begins one after the other in one go: others are served in between.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Plugin } from "graphql-yoga";

/**
 * For as long operations begin in one go: short ones have to, or what they load would not ride in one batch where none
 * waits (`maxDelayMs: 0`).
 */
const LONGEST_GO_MS = 10;

interface Go {
  readonly startMs: number;
  /** Resolves when the next operation may begin; each begins in a turn of its own from the first that has to wait. */
  next: Promise<void> | undefined;
}

export function useOperationTurns(): Plugin {
  const gos = new WeakMap<Request, Go>();
  return {
    onRequestParse: ({ request }) => ({
      onRequestParseDone({ requestParserResult }) {
        if (!Array.isArray(requestParserResult)) return;
        gos.set(request, { startMs: performance.now(), next: undefined });
      },
    }),
    onParams({ request }) {
      const go = gos.get(request);
      if (go === undefined) return undefined;
      if (go.next === undefined && performance.now() - go.startMs < LONGEST_GO_MS) return undefined;
      go.next = (go.next ?? Promise.resolve()).then(() => nextTurn());
      return go.next;
    },
  };
}
